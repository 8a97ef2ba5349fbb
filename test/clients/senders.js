// The two clients behind one face: every test runs with both. library is how they name themselves in
// the context of calls, wire the form of their requests. Each keeps the order of up to a hundred calls.
import { Analytics } from '@segment/analytics-node'
import RudderAnalytics from '@rudderstack/rudder-sdk-node'

/** A failure that a client reports, as the status of the answer it got where it says one. */
const statusOf = (err) => err?.response?.status ?? (Number(err?.message?.match(/^\[(\d{3})\]/)?.[1]) || String(err))

export const senders = [
  {
    name: '@segment/analytics-node',
    library: '@segment/analytics-node',
    wire: { path: '/v1/batch', contentType: 'application/json', encoding: undefined },
    /** host is where the server is. */
    open(host, writeKey) {
      const client = new Analytics({ writeKey, host, flushAt: 100, flushInterval: 100, maxRetries: 5 })
      const failures = []
      client.on('error', (err) => failures.push(statusOf(err.reason)))
      return {
        failures,
        call: (kind, message) => client[kind](message),
        close: () => client.closeAndFlush({ timeout: 30_000 }),
      }
    },
  },
  {
    name: '@rudderstack/rudder-sdk-node',
    library: 'analytics-node',
    // Compressed, under the type that its HTTP library gives to bytes.
    wire: { path: '/v1/batch', contentType: 'application/x-www-form-urlencoded', encoding: 'gzip' },
    open(host, writeKey) {
      const failures = []
      const client = new RudderAnalytics(writeKey, {
        dataPlaneUrl: host, flushAt: 100, flushInterval: 100, logLevel: 'none', retryCount: 5,
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
