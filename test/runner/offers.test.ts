import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { startEmulator } from '../../src/emulator/server.ts'
import { createLog } from '../../src/io/log.ts'
import { createConnect } from '../../src/runner/connect.ts'
import type { EndpointFor } from '../../src/runner/endpoint.ts'
import { createRunner } from '../../src/runner/runner.ts'
import type { Report } from '../../src/session/report.ts'
import { agentWith } from '../helpers/agents.ts'

/** An address at which no session opens. */
const NOWHERE = 'wss://nowhere.invalid/session'

/** A desk and ten conversations of the shop, at the emulator. */
async function talking() {
  const emulator = await startEmulator({ voice: 'hum' })
  const log = createLog({ level: 'silent', pretty: false, secrets: () => [] })
  const endpointFor: EndpointFor = (_, { base_url }) =>
    base_url === NOWHERE ? { kind: 'refused', message: 'nobody answers there' } : { kind: 'emulator', reason: 'a test' }
  const reports: Report[] = []
  const events = new EventEmitter()
  const [desk, shop] = [agentWith({ name: 'desk' }), agentWith({ name: 'shop' })]
  const runner = createRunner([desk, shop], {
    connect: createConnect({ log, endpointFor, emulatorUrl: emulator.url }),
    runTool: () => ({ finished: new Promise(() => {}), cancel() {} }),
    useServers() {},
    prepare() {},
    onReport(report) {
      reports.push(report)
      events.emit('report')
    },
    onRest() {},
    onClosed() {},
  })
  const sound = { open() {}, play() {}, pause() {}, resume() {}, clear() {} }
  const open = (name: string, agent: string) =>
    runner.open({ name, agent }, { sound, onReport() {}, onRest() {}, onClosed() {} })
  const shops = Array.from({ length: 10 }, (_, index) => `shop-${index}`)
  for (const [name, agent] of [['desk', 'desk'], ...shops.map((name) => [name, 'shop'])] as const)
    open(name ?? '', agent ?? '')
  const reported = async (type: Report['type'], count: number) => {
    while (reports.filter((report) => report.type === type).length < count)
      await new Promise((resolve) => events.once('report', resolve))
  }
  await reported('session.ready', 1 + shops.length)
  return {
    ...{ runner, open, reports, reported, shops },
    async close() {
      for (const { name } of [desk, shop])
        for (const conversation of runner.conversationsWith(name)) conversation.stop(false)
      runner.close()
      await emulator.close()
    },
  }
}

test('a generation refused for one agent is not withdrawn from conversations with another', async () => {
  const { runner, reports, reported, shops, close } = await talking()
  runner.offer({ number: 2, agent: agentWith({ name: 'desk', voice: 'Nobody' }) }, Date.now())
  runner.generations('desk')?.add(agentWith({ name: 'desk', voice: 'Nobody' }), { source: 'file', at: 0 })
  runner.offer({ number: 2, agent: agentWith({ name: 'shop', voice: 'Olivia' }) }, Date.now())
  await reported('reload.applied', shops.length)
  expect(reports.filter(({ type }) => type === 'reload.refused')).toMatchObject([{ conversation: 'desk', offered: 2 }])

  await close()
}, 20_000)

test('a generation refused in one conversation is not sent in those still waiting for their turn', async () => {
  const { runner, reports, reported, shops, close } = await talking()
  const agent = agentWith({ name: 'shop', voice: 'Nobody' })
  runner.generations('shop')?.add(agent, { source: 'file', at: 0 })
  runner.offer({ number: 2, agent }, Date.now())
  await reported('reload.refused', shops.length)
  const sent = new Set(reports.filter(({ type }) => type === 'reload.sent').map(({ conversation }) => conversation))
  expect(sent.size).toBeLessThan(shops.length)
  expect(reports.filter(({ type }) => type === 'reload.superseded')).toEqual([])
  expect(sent).toContain(shops[0])

  await close()
}, 20_000)

test('a generation replaced by a newer one before its turn is reported in every conversation', async () => {
  const { runner, reports, reported, shops, close } = await talking()
  runner.offer({ number: 2, agent: agentWith({ name: 'shop', voice: 'Olivia' }) }, Date.now())
  runner.offer({ number: 3, agent: agentWith({ name: 'shop', voice: 'Sarah' }) }, Date.now())
  const superseded = shops.slice(1).map((conversation) => ({ conversation, offered: 2, by: 3 }))
  expect(reports.filter(({ type }) => type === 'reload.superseded')).toMatchObject(superseded)
  await reported('reload.applied', shops.length + 1)
  await close()
}, 20_000)

test('a new conversation begins with the connection settings of the last confirmed generation if those of the newest open no session', async () => {
  const { runner, open, reports, reported, shops, close } = await talking()
  const connection = { ...agentWith().connection, base_url: NOWHERE }
  runner.generations('desk')?.add(agentWith({ name: 'desk', connection }), { source: 'file', at: 0 })
  open('new', 'desk')
  await reported('session.ready', 1 + shops.length + 1)
  expect(reports.at(-1)).toMatchObject({ conversation: 'new', generation: 2 })
  expect(reports.filter(({ type }) => type === 'warning')).toMatchObject([
    {
      conversation: 'new',
      message: expect.stringMatching(/^no session was opened: nobody answers there; trying again/),
    },
  ])
  expect(runner.statuses().find(({ conversation }) => conversation === 'new')).toMatchObject({
    deferred: ['connection.base_url'],
  })
  expect(runner.generations('desk')?.newest()).toMatchObject({ number: 2, verdict: 'open' })
  await close()
}, 20_000)
