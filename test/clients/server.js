// The earmark binary under test: started on a free port with an empty store, stopped by the signal
// that operators send.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const binary = resolve(process.env.EARMARK_BIN ?? join(import.meta.dirname, '../../bin/earmark'))

/** What a started server says on its first lines: its address, an API key and a write key. */
const announced = {
  url: /\bhttp:\/\/127\.0\.0\.1:\d+/,
  apiKey: /\bem_[A-Za-z0-9_-]+/,
  writeKey: /\bwk_[A-Za-z0-9_-]+/,
}

export class Server {
  /** Starts a server; it rejects with everything the process said when that is not enough. */
  static async start() {
    const server = new Server()
    server.dir = await mkdtemp(join(tmpdir(), 'earmark-clients-'))
    server.output = ''
    server.process = spawn(binary, ['serve', '--data', join(server.dir, 'store'), '--listen', '127.0.0.1:0', '--lang', 'en'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    server.exited = new Promise((done) => server.process.once('exit', (code, signal) => done(code ?? signal)))
    await server.#announced()
    return server
  }

  #announced() {
    return new Promise((done, failed) => {
      const read = (chunk) => {
        this.output += chunk
        for (const [name, pattern] of Object.entries(announced)) {
          this[name] ??= this.output.match(pattern)?.[0]
        }
        if (this.url && this.apiKey && this.writeKey) done()
      }
      this.process.stdout.setEncoding('utf8').on('data', read)
      this.process.stderr.setEncoding('utf8').on('data', read)
      this.process.once('error', failed)
      this.exited.then((code) => failed(new Error(`${binary} ended with ${code}:\n${this.output}`)))
    })
  }

  /** GET of the API as the key that was announced. */
  async get(path) {
    const answer = await fetch(this.url + path, { headers: { Authorization: `Bearer ${this.apiKey}` } })
    const body = await answer.text()
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${body}`)
    return JSON.parse(body)
  }

  /** Stops the server, which has to end well, and removes its store. */
  async stop() {
    this.process.kill('SIGTERM')
    const code = await this.exited
    await rm(this.dir, { recursive: true, force: true })
    if (code !== 0) throw new Error(`earmark ended with ${code}:\n${this.output}`)
  }
}
