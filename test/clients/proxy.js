// A proxy before the server that records requests and can answer some of them itself, as a load
// balancer does while what is behind it restarts.
import { createServer, request } from 'node:http'
import { gunzipSync } from 'node:zlib'

export class Proxy {
  /** Requests so far, as they were sent: {path, contentType, encoding, ids}, the last being the
   * message ids; and the status that each got, 'cut' where the connection ended instead. */
  requests = []
  /** What happens to the next requests instead of passing them on: {status, headers}. With after,
   * the request is passed on first and its answer is lost; with cut, the connection is. */
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
    const seen = {
      path: req.url, contentType: req.headers['content-type'], encoding: req.headers['content-encoding'], ids: messageIds(body),
    }
    this.requests.push(seen)
    const instead = this.answers.shift()
    if (instead && !instead.after) {
      this.#answer(seen, res, instead)
      return
    }
    const forward = request({ host: target.hostname, port: target.port, path: req.url, method: req.method, headers: req.headers }, (from) => {
      if (instead) {
        seen.taken = from.statusCode
        from.resume().on('end', () => this.#answer(seen, res, instead))
        return
      }
      seen.status = from.statusCode
      res.writeHead(from.statusCode, from.headers)
      from.pipe(res)
    })
    forward.on('error', () => {
      seen.status = 502
      res.writeHead(502).end()
    })
    forward.end(body)
  }

  #answer(seen, res, { status, headers, cut }) {
    seen.status = cut ? 'cut' : status
    if (cut) res.destroy()
    else res.writeHead(status, headers).end()
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
