// The earmark binary under test: started on a free port with an empty store, stopped by the signal
// that operators send.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const binary = resolve(process.env.EARMARK_BIN ?? join(import.meta.dirname, '../../bin/earmark'))

/** How long a start may take, in milliseconds; CI machines are slow. */
const startTime = 30_000

export class Server {
  /** Starts a server; it rejects with everything the process said when the server does not come up. */
  static async start() {
    const server = new Server()
    server.dir = await mkdtemp(join(tmpdir(), 'earmark-clients-'))
    server.store = join(server.dir, 'store')
    server.output = ''
    server.process = spawn(binary, ['serve', '--lang', 'en', '--data', server.store, '--listen', '127.0.0.1:0'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    server.exited = new Promise((done) => {
      server.process.once('exit', (code, signal) => done(code ?? signal))
      server.process.once('error', (err) => done(err.message)) // there is no such binary
    })
    try {
      server.url = await server.#announced()
      await server.#readKeys()
    } catch (err) {
      server.process.kill('SIGKILL')
      await rm(server.dir, { recursive: true, force: true })
      throw err
    }
    return server
  }

  /** The address, from the first line that the server prints. */
  #announced() {
    return new Promise((done, failed) => {
      const late = setTimeout(() => failed(new Error(`${binary} announces no address:\n${this.output}`)), startTime)
      const read = (chunk) => {
        this.output += chunk
        const url = this.output.match(/^Earmark serves (http:\/\/127\.0\.0\.1:\d+)$/m)?.[1]
        if (url) done(url)
      }
      this.process.stdout.setEncoding('utf8').on('data', read)
      this.process.stderr.setEncoding('utf8').on('data', read)
      this.exited.then((code) => failed(new Error(`${binary} ended with ${code}:\n${this.output}`)))
      this.exited.then(() => clearTimeout(late))
    })
  }

  /** The first keys, from the file that a new store keeps for its owner. */
  async #readKeys() {
    const text = await readFile(join(this.store, 'first-keys'), 'utf8')
    this.apiKey = text.match(/^api_key: (em_\S+)$/m)?.[1]
    this.writeKey = text.match(/^write_key: (wk_\S+)$/m)?.[1]
    if (!this.apiKey || !this.writeKey) throw new Error(`first-keys holds other lines than expected: ${text.replace(/_\S{8,}/g, '_…')}`)
  }

  /** A request to the API with the first key; body is a YAML text or a value for JSON. */
  async #ask(method, path, body) {
    const headers = { Authorization: `Bearer ${this.apiKey}` }
    if (body !== undefined) headers['Content-Type'] = typeof body === 'string' ? 'application/yaml' : 'application/json'
    const answer = await fetch(this.url + path, { method, headers, body: typeof body === 'object' ? JSON.stringify(body) : body })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return JSON.parse(text)
  }

  get(path) {
    return this.#ask('GET', path)
  }

  /** Saves a rule document and returns when it is in force for every customer. */
  async publish(document) {
    await this.#ask('POST', '/api/v1/rules', document)
    let generation = await this.#ask('POST', '/api/v1/generations', {})
    while (generation.state === 'settling') generation = await this.get(`/api/v1/generations/${generation.number}`)
    if (generation.state !== 'settled') throw new Error(`generation ${generation.number} is ${generation.state}`)
  }

  /** The customer of an identity ("user_id:u1") with tags and attributes, null when nobody has it. */
  async customer(identity) {
    const found = await this.get(`/api/v1/customers?identity=${encodeURIComponent(identity)}`)
    return found.items.length === 0 ? null : this.get(`/api/v1/customers/${found.items[0].id}`)
  }

  /** All events of a customer, those of one type where it is given, the oldest first. */
  async events(id, type) {
    const events = []
    const query = new URLSearchParams({ kind: 'event', limit: 200, ...(type && { type }) })
    for (;;) {
      const page = await this.get(`/api/v1/customers/${id}/timeline?${query}`)
      events.push(...page.items.map((moment) => moment.event))
      if (!page.next_cursor) return events.reverse()
      query.set('cursor', page.next_cursor)
    }
  }

  /** Stops the server, which has to end well, and removes its store. */
  async stop() {
    this.process.kill('SIGTERM')
    const code = await this.exited
    await rm(this.dir, { recursive: true, force: true })
    if (code !== 0) throw new Error(`earmark ended with ${code}:\n${this.output}`)
  }
}
