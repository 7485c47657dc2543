import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Client, type ConnectionState, connect } from '../../src/page/client.ts'
import { CLOSE, type ServerMessage } from '../../src/page/protocol.ts'
import { type FaultyProxy, openFaultyProxy } from '../helpers/faulty-proxy.ts'
import { type ServedPage, servePage } from '../helpers/page.ts'

let served: ServedPage
const open: { close(): unknown }[] = []

beforeAll(async () => {
  served = await servePage()
})

afterEach(() => {
  for (const resource of open.splice(0).reverse()) resource.close()
})

afterAll(() => {
  served.cli.child.kill('SIGTERM')
})

interface Talk {
  readonly client: Client
  readonly phases: readonly ConnectionState['phase'][]
  readonly messages: readonly ServerMessage[]
  /** Why the connection was closed for good. */
  readonly closed: Promise<ConnectionState>
  /** Resolves with the first message from now on that fits. */
  next<Type extends ServerMessage['type']>(
    type: Type,
    fits?: (message: Extract<ServerMessage, { type: Type }>) => boolean,
  ): Promise<Extract<ServerMessage, { type: Type }>>
}

/** A client in a conversation over this line, after the first `alive`. */
async function talkOver(line: FaultyProxy): Promise<Talk> {
  const phases: ConnectionState['phase'][] = []
  const messages: ServerMessage[] = []
  const listeners = new Set<(message: ServerMessage) => void>()
  const closed = Promise.withResolvers<ConnectionState>()
  const client: Client = connect({
    url: `ws://127.0.0.1:${line.port}/channel`,
    onState(state) {
      phases.push(state.phase)
      if (state.phase === 'ready') client.open()
      if (state.phase === 'closed') closed.resolve(state)
    },
    onMessage(message) {
      messages.push(message)
      for (const listener of listeners) listener(message)
    },
  })
  open.push({ close: () => client.leave() })
  const next: Talk['next'] = (type, fits = () => true) =>
    new Promise((resolve) => {
      const listener = (message: ServerMessage) => {
        if (message.type !== type || !fits(message as never)) return
        listeners.delete(listener)
        resolve(message as never)
      }
      listeners.add(listener)
    })
  await Promise.all([next('alive'), next('report', ({ report }) => report.type === 'agent.transcript')])
  return { client, phases, messages, next, closed: closed.promise }
}

const answersWith = (words: RegExp) => (message: Extract<ServerMessage, { type: 'report' }>) =>
  message.report.type === 'agent.transcript' && words.test(String(message.report.text))

/** The typed lines in the transcript, one for each item. */
function typed({ messages }: Talk): readonly unknown[] {
  const reports = messages.flatMap((message) => (message.type === 'report' ? [message.report] : []))
  const all = reports.filter(({ type, typed: isTyped }) => type === 'caller.transcript' && isTyped === true)
  return [...new Map(all.map(({ item_id, text }) => [item_id, text])).values()]
}

async function lineToRunner(): Promise<FaultyProxy> {
  const line = await openFaultyProxy(Number(new URL(served.url).port))
  open.push(line)
  return line
}

describe('a connection that breaks silently', () => {
  test('is detected, and the conversation resumes over another: typed lines arrive in order, once', async () => {
    const line = await lineToRunner()
    const talk = await talkOver(line)
    line.cut()
    expect(talk.client.text('where is order A-1042?')).toBe(true)
    expect(talk.client.text('and where is order B-2077?')).toBe(true)
    await talk.next('report', answersWith(/status: delivered/))
    expect(talk.phases).toEqual(['connecting', 'ready', 'talking', 'waiting', 'connecting', 'talking'])
    const names = talk.messages.flatMap((message) => (message.type === 'opened' ? [message.conversation] : []))
    expect(new Set(names).size).toBe(1)
    expect(typed(talk)).toEqual(['where is order A-1042?', 'and where is order B-2077?'])
  })

  test('delays the end: the conversation ends once resumed, after what was typed before', async () => {
    const line = await lineToRunner()
    const talk = await talkOver(line)
    line.cut()
    talk.client.text('thank you')
    expect(talk.client.end()).toBe(true)
    expect(await talk.closed).toMatchObject({ code: CLOSE.over, reason: 'stopped' })
    expect(typed(talk)).toEqual(['thank you'])
  })

  test("sends nothing twice if only the runner's acknowledgement was lost", async () => {
    const line = await lineToRunner()
    const talk = await talkOver(line)
    line.cutAnswers()
    talk.client.text('where is order A-1042?')
    await talk.next('report', answersWith(/status: shipped/))
    talk.client.text('and where is order B-2077?')
    await talk.next('report', answersWith(/status: delivered/))
    expect(typed(talk)).toEqual(['where is order A-1042?', 'and where is order B-2077?'])
  })
})
