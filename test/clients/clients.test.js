// What shops send today must arrive unchanged when they point their client at Earmark: the calls, the
// identities they link, and the repetitions after trouble, each event once. Everything is read back
// over the API of the binary.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Proxy } from './proxy.js'
import { senders } from './senders.js'
import { Server } from './server.js'

const rules = `
rules:
  - {tag: Orders/Buyer, when: {event: order.paid, within: 30d, count: {gte: 1}}}
  - {tag: Orders/Repeat buyer, when: {event: order.paid, within: 30d, count: {gte: 2}}}
  - {tag: Lessons/Curious, when: {event: Lesson Viewed, within: 7d, count: {gte: 3}}}
`

let server
before(async () => {
  server = await Server.start()
  await server.publish(rules)
})
after(() => server?.stop())

const tagsOf = (customer) => customer.tags.map((tag) => tag.name).sort()

/** Makes the calls with a new client and returns when the client has done with them. */
async function send(sender, calls, { url = server.url, writeKey = server.writeKey } = {}) {
  const client = sender.open(url, writeKey)
  for (const [kind, message] of calls) client.call(kind, message)
  await client.close()
  return client.failures
}

/** send, by way of a proxy that gives these answers first; returns the requests too. */
async function sendThrough(sender, answers, calls, options) {
  const proxy = await Proxy.start(server.url)
  try {
    proxy.answers.push(...answers)
    const failures = await send(sender, calls, { ...options, url: proxy.url })
    return { failures, requests: proxy.requests }
  } finally {
    await proxy.stop()
  }
}

for (const [i, sender] of senders.entries()) {
  const user = (name) => `user-${i}-${name}`
  const anonymous = (name) => `anonymous-${i}-${name}`

  describe(sender.name, { concurrency: true }, () => {
    test('every kind of call arrives', async () => {
      const userId = user('all')
      const timestamp = new Date(Date.now() - 3600_000)
      const properties = {
        fen: 9007199254740993n.toString(), price: 128.5, items: [{ sku: 'A', n: 2 }], trial: true, none: null, note: '试听 “一”',
      }
      const failures = await send(sender, [
        ['identify', { userId, traits: { city: '上海', level: 2, vip: true } }],
        ['identify', { userId, traits: { level: 3 } }],
        ['track', { userId, timestamp, event: 'Lesson Booked', properties }],
        ['page', { userId, name: 'Home', properties: { url: 'https://shop.example/' } }],
        ['screen', { userId, name: 'Cart' }],
        ['group', { userId, groupId: 'acme', traits: { size: 5 } }],
      ])
      assert.deepEqual(failures, [])

      const customer = await server.customer(`user_id:${userId}`)
      assert.ok(customer, 'the customer is known')
      assert.equal(customer.known, true)
      assert.deepEqual(customer.identities.find((key) => key.kind === 'user_id'), { kind: 'user_id', value: userId, strong: true })
      assert.deepEqual(customer.attributes, { city: '上海', level: 3, vip: true })
      const [booked, ...more] = await server.events(customer.id, 'Lesson Booked')
      assert.deepEqual(more, [])
      assert.equal(booked.time, timestamp.toISOString())
      assert.deepEqual(booked.properties, properties)
      assert.equal(booked.context.library.name, sender.library)
      const props = async (type) => (await server.events(customer.id, type)).map((event) => event.properties)
      const [page, screen, group] = [await props('page.viewed'), await props('screen.viewed'), await props('group.joined')]
      assert.deepEqual([page.length, screen.length, group.length], [1, 1, 1])
      assert.deepEqual(page[0], { name: 'Home', url: 'https://shop.example/' })
      assert.equal(screen[0].name, 'Cart')
      assert.deepEqual(group[0], { group_id: 'acme', size: 5 })
    })

    test('a batch is sent in the form that this client has, and understood', async () => {
      const { failures, requests } = await sendThrough(sender, [], [['track', { userId: user('wire'), event: 'Lesson Viewed' }]])
      assert.deepEqual(failures, [])
      const { path, contentType, encoding, status } = requests[0]
      assert.deepEqual({ path, contentType, encoding, status }, { ...sender.wire, status: 200 })
    })

    for (const link of ['identify', 'alias']) {
      const viewed = (who) => ['track', { ...who, event: 'Lesson Viewed' }]
      const linking = (userId, anonymousId) => [link, link === 'alias' ? { userId, previousId: anonymousId } : { userId, anonymousId, traits: { city: '成都' } }]

      /** The customer has both identities, three lessons viewed, and the tag that takes all three. */
      async function assertLinked(userId, anonymousId) {
        const customer = await server.customer(`user_id:${userId}`)
        assert.equal((await server.customer(`anonymous_id:${anonymousId}`)).id, customer.id)
        assert.equal((await server.events(customer.id, 'Lesson Viewed')).length, 3)
        assert.deepEqual(tagsOf(customer), ['Curious'])
      }

      test(`what was anonymous before belongs to the user after ${link}`, async () => {
        const [userId, anonymousId] = [user(`${link}-later`), anonymous(`${link}-later`)]
        assert.deepEqual(await send(sender, [viewed({ anonymousId }), viewed({ anonymousId })]), [])
        const stranger = await server.customer(`anonymous_id:${anonymousId}`)
        assert.equal(stranger.known, false)
        assert.deepEqual(await send(sender, [linking(userId, anonymousId), viewed({ userId })]), [])
        assert.equal((await server.customer(`user_id:${userId}`)).id, stranger.id)
        await assertLinked(userId, anonymousId)
      })

      test(`${link} among the calls that it links`, async () => {
        const [userId, anonymousId] = [user(`${link}-batch`), anonymous(`${link}-batch`)]
        const calls = [viewed({ anonymousId }), linking(userId, anonymousId), viewed({ anonymousId }), viewed({ userId })]
        assert.deepEqual(await send(sender, calls), [])
        await assertLinked(userId, anonymousId)
      })
    }

    test('calls by the hundred arrive whole, in batches', async () => {
      const userId = user('many')
      const calls = Array.from({ length: 500 }, (_, n) => ['track', { userId, event: n % 2 ? 'Odd' : 'Even', properties: { n } }])
      const { failures, requests } = await sendThrough(sender, [], calls)
      assert.deepEqual(failures, [])
      assert.ok(requests.length < 50, `${requests.length} requests`)
      const { id } = await server.customer(`user_id:${userId}`)
      const numbers = (await server.events(id)).map((event) => event.properties.n).sort((a, b) => a - b)
      assert.deepEqual(numbers, Array.from({ length: 500 }, (_, n) => n))
    })

    test('a tag appears with the order that earns it', async () => {
      const userId = user('tag')
      // The names and amounts of the clients' own e-commerce specification.
      const order = (id) => ['track', { userId, event: 'Order Completed', properties: { order_id: id, total: 128.5, currency: 'CNY' } }]
      assert.deepEqual(await send(sender, [order('1')]), [])
      let customer = await server.customer(`user_id:${userId}`)
      assert.deepEqual(tagsOf(customer), ['Buyer'])
      assert.equal(customer.tags[0].cause.kind, 'event')
      assert.deepEqual(await send(sender, [order('2')]), [])
      customer = await server.customer(`user_id:${userId}`)
      assert.deepEqual(tagsOf(customer), ['Buyer', 'Repeat buyer'])

      const [paid] = await server.events(customer.id, 'order.paid')
      assert.equal(paid.raw_type, 'Order Completed')
      assert.equal(paid.properties.amount_fen, 12850)
      const why = await server.get(`/api/v1/customers/${customer.id}/explain?tag=${encodeURIComponent('Orders/Repeat buyer')}`)
      assert.equal(why.why.holds, true)
    })

    const trouble = [
      ['the server is away for a moment', { status: 503, headers: { 'Retry-After': '1' } }],
      ['the server has too much to do', { status: 429, headers: { 'Retry-After': '1' } }],
      ['another answer came after the events were taken', { status: 503, after: true }],
      ['the connection was cut after the events were taken', { cut: true, after: true }],
    ]
    for (const [what, answer] of trouble) {
      test(`${what}: sent again, counted once`, async () => {
        const userId = user(what)
        const { failures, requests } = await sendThrough(sender, [answer], [['track', { userId, event: 'order.paid', properties: { amount_fen: 9900 } }]])
        assert.deepEqual(failures, [])
        assert.deepEqual(requests.map((r) => r.status), [answer.cut ? 'cut' : answer.status, 200])
        assert.equal(requests[0].taken, answer.after ? 200 : undefined)
        assert.deepEqual(requests[0].ids, requests[1].ids)
        const customer = await server.customer(`user_id:${userId}`)
        const events = await server.events(customer.id, 'order.paid')
        assert.deepEqual(events.map((event) => event.id), requests[0].ids)
        assert.deepEqual(tagsOf(customer), ['Buyer'], 'one order, though it was sent twice')
      })
    }

    test('an unknown write key is refused at once, and nothing is kept', async () => {
      const userId = user('stranger')
      const { failures, requests } = await sendThrough(sender, [], [['track', { userId, event: 'order.paid' }]], { writeKey: 'wk_nobody' })
      assert.deepEqual(failures, [401])
      assert.deepEqual(requests.map((r) => r.status), [401])
      assert.equal(await server.customer(`user_id:${userId}`), null)
    })
  })
}
