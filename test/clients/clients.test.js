// What shops send today must arrive unchanged when they point their client at Earmark: the calls, the
// identities they link, and the repetitions after trouble, each event once.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Proxy } from './proxy.js'
import { senders } from './senders.js'
import { Server } from './server.js'

let server
before(async () => {
  server = await Server.start()
})
after(() => server?.stop())

/** The customer of an identity ("user_id:u1"), null when nobody has it. */
async function customer(identity) {
  const found = await server.get(`/api/v1/customers?identity=${encodeURIComponent(identity)}`)
  return found.items[0] ?? null
}

/** The customer's events of the type, the oldest first. */
async function events(id, type) {
  const timeline = await server.get(`/api/v1/customers/${id}/timeline?limit=100`)
  return timeline.items.filter((e) => e.type === type).reverse()
}

for (const [i, sender] of senders.entries()) {
  const user = (n) => `user-${i}-${n}`
  const anonymous = (n) => `anonymous-${i}-${n}`

  describe(sender.name, () => {
    test('every kind of call arrives', async () => {
      const client = sender.open(server.url, server.writeKey)
      const who = { userId: user(1) }
      const timestamp = new Date(Date.now() - 3600_000)
      client.call('identify', { ...who, traits: { city: '上海', level: 3, vip: true } })
      client.call('track', {
        ...who, timestamp, event: 'Lesson Booked',
        properties: { fen: 9007199254740993n.toString(), price: 128.5, items: [{ sku: 'A', n: 2 }], note: '试听 “一”' },
      })
      client.call('page', { ...who, name: 'Home', properties: { url: 'https://shop.example/' } })
      client.call('screen', { ...who, name: 'Cart' })
      client.call('group', { ...who, groupId: 'acme', traits: { size: 5 } })
      await client.close()
      assert.deepEqual(client.failures, [])

      const found = await customer(`user_id:${user(1)}`)
      assert.ok(found, 'the customer is known')
      const attributes = await server.get(`/api/v1/customers/${found.id}`)
      assert.deepEqual(attributes.attributes, { city: '上海', level: 3, vip: true })
      const [booked, ...more] = await events(found.id, 'Lesson Booked')
      assert.deepEqual(more, [])
      assert.equal(booked.time, timestamp.toISOString())
      assert.deepEqual(booked.properties, { fen: '9007199254740993', price: 128.5, items: [{ sku: 'A', n: 2 }], note: '试听 “一”' })
      for (const type of ['page.viewed', 'screen.viewed', 'group.joined']) {
        assert.equal((await events(found.id, type)).length, 1, type)
      }
    })

    test('what was anonymous belongs to the user after the calls that link them', async () => {
      for (const link of ['identify', 'alias']) {
        const [userId, anonymousId] = [user(link), anonymous(link)]
        const client = sender.open(server.url, server.writeKey, 1)
        client.call('track', { anonymousId, event: 'Price List Read' })
        client.call(link, link === 'alias' ? { userId, previousId: anonymousId } : { userId, anonymousId, traits: {} })
        client.call('track', { userId, event: 'Price List Read' })
        await client.close()
        assert.deepEqual(client.failures, [])
        const [one, other] = [await customer(`user_id:${userId}`), await customer(`anonymous_id:${anonymousId}`)]
        assert.ok(one, link)
        assert.equal(one.id, other?.id, link)
        assert.equal((await events(one.id, 'Price List Read')).length, 2, link)
      }
    })

    test('a batch of hundreds of calls arrives whole', async () => {
      const client = sender.open(server.url, server.writeKey)
      for (let n = 0; n < 500; n++) client.call('track', { userId: user('many'), event: n % 2 ? 'Odd' : 'Even', properties: { n } })
      await client.close()
      const { id } = await customer(`user_id:${user('many')}`)
      const numbers = new Set()
      for (let cursor = ''; cursor !== undefined; ) {
        const page = await server.get(`/api/v1/customers/${id}/timeline?limit=100${cursor && `&cursor=${cursor}`}`)
        for (const e of page.items) if (e.properties?.n !== undefined) numbers.add(e.properties.n)
        cursor = page.next_cursor
      }
      assert.equal(numbers.size, 500)
    })

    const trouble = [
      ['the server is away for a moment', { status: 503, headers: { 'Retry-After': '1' } }],
      ['the server has too much to do', { status: 429, headers: { 'Retry-After': '1' } }],
      ['the answer is lost after the events were taken', { status: 503, after: true }],
    ]
    for (const [what, answer] of trouble) {
      test(`${what}: sent again, counted once`, async () => {
        const proxy = await Proxy.start(server.url)
        try {
          proxy.answers.push(answer)
          const userId = user(what)
          const client = sender.open(proxy.url, server.writeKey)
          client.call('track', { userId, event: 'Order Paid' })
          await client.close()
          assert.deepEqual(client.failures, [])
          assert.deepEqual(proxy.requests.map((r) => r.status), [answer.status, 200])
          assert.deepEqual(proxy.requests[0].ids, proxy.requests[1].ids)
          const { id } = await customer(`user_id:${userId}`)
          assert.equal((await events(id, 'Order Paid')).length, 1)
        } finally {
          await proxy.stop()
        }
      })
    }

    test('an unknown write key is refused at once', async () => {
      const proxy = await Proxy.start(server.url)
      try {
        const client = sender.open(proxy.url, 'wk_nobody')
        client.call('track', { userId: user('stranger'), event: 'Order Paid' })
        await client.close().catch(() => {})
        assert.deepEqual(proxy.requests.map((r) => r.status), [401])
        assert.equal(await customer(`user_id:${user('stranger')}`), null)
      } finally {
        await proxy.stop()
      }
    })
  })
}
