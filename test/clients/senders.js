// The two clients behind one face: every test runs with both.
import { Analytics } from '@segment/analytics-node'
import RudderAnalytics from '@rudderstack/rudder-sdk-node'

/** A failure that a client reports, as the status of the answer it got. */
const statusOf = (err) => err?.response?.status ?? err?.status

export const senders = [
  {
    name: '@segment/analytics-node',
    /** host is where the server is; the client's batches hold up to size calls. */
    open(host, writeKey, size = 100) {
      const client = new Analytics({ writeKey, host, flushAt: size, flushInterval: 100, maxRetries: 5 })
      const failures = []
      client.on('error', (err) => failures.push(statusOf(err.reason?.cause ?? err.reason) ?? err.code))
      return {
        failures,
        call: (kind, message) => client[kind](message),
        close: () => client.closeAndFlush({ timeout: 30_000 }),
      }
    },
  },
  {
    name: '@rudderstack/rudder-sdk-node',
    open(host, writeKey, size = 100) {
      const failures = []
      const client = new RudderAnalytics(writeKey, {
        dataPlaneUrl: host, flushAt: size, flushInterval: 100, logLevel: 'error', retryCount: 5,
        errorHandler: (err) => failures.push(statusOf(err)),
      })
      const sent = []
      return {
        failures,
        call: (kind, message) => sent.push(new Promise((done) => client[kind](message, done))),
        close: () => Promise.all(sent),
      }
    },
  },
]
