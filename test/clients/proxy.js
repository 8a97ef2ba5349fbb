// A proxy before the server that records requests and can answer some of them itself, as a load
// balancer does while what is behind it restarts.
import { createServer, request } from 'node:http'
import { gunzipSync } from 'node:zlib'

export class Proxy {
  /** Requests so far: {status, retry, ids}: what was answered, X-Retry-Count, the message ids. */
  requests = []
  /** Answers given instead of passing the next requests on: {status, headers, after: true} passes
   * the request on first and loses its answer. */
  answers = []

  static async start(target) {
    const proxy = new Proxy()
    proxy.server = createServer((req, res) => proxy.#handle(new URL(target), req, res))
    await new Promise((done) => proxy.server.listen(0, '127.0.0.1', done))
    proxy.url = `http://127.0.0.1:${proxy.server.address().port}`
    return proxy
  }

  async #handle(target, req, res) {
    const chunks = []
    for await (const chunk of req) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const seen = { retry: req.headers['x-retry-count'], ids: messageIds(body) }
    this.requests.push(seen)
    const answer = this.answers.shift()
    if (answer && !answer.after) {
      seen.status = answer.status
      res.writeHead(answer.status, answer.headers).end()
      return
    }
    const forward = request({ host: target.hostname, port: target.port, path: req.url, method: req.method, headers: req.headers }, (from) => {
      if (answer) {
        from.resume().on('end', () => res.writeHead(answer.status, answer.headers).end())
        seen.status = answer.status
        return
      }
      seen.status = from.statusCode
      res.writeHead(from.statusCode, from.headers)
      from.pipe(res)
    })
    forward.on('error', () => res.writeHead(502).end())
    forward.end(body)
  }

  stop() {
    this.server.closeAllConnections()
    return new Promise((done) => this.server.close(done))
  }
}

function messageIds(body) {
  const text = body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : body
  return JSON.parse(text).batch.map((call) => call.messageId)
}
