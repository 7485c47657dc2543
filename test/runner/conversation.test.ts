import { EventEmitter, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { openServiceSocket, serviceHeaders } from '../../src/io/service/service-socket.ts'
import { SYSTEM_TIME } from '../../src/runner/conversation/time.ts'
import { type Conversation, openConversation } from '../../src/runner/conversation.ts'
import type { ConnectionEvent } from '../../src/session/event.ts'
import type { Report } from '../../src/session/report.ts'
import type { Ending } from '../../src/session/state.ts'
import { agentWith } from '../helpers/agents.ts'

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

test('after a reconnect, events of the old connection are ignored and those of the new one reported once', async () => {
  const { reports, listeners, nextPeer, reported, conversation } = await begin()
  const first = await nextPeer()
  await reported('session.ready')
  first.terminate()
  const second = await nextPeer()
  await reported('session.ready')

  listeners[0]?.(lateTranscript('left over from the first connection'))
  second.send(JSON.stringify(transcript('hello')))
  await reported('caller.transcript')
  expect(reports.filter(({ type }) => type === 'caller.transcript')).toMatchObject([{ text: 'hello' }])
  expect(listeners).toHaveLength(2)

  listeners[0]?.({ type: 'socket.closed', code: 1006, reason: 'late' })
  expect(conversation.isOver).toBe(false)
  conversation.stop(false)
  await reported('session.closed')
  expect(reports.filter(({ type }) => type === 'session.closed')).toHaveLength(1)
})

test("report times follow the wall clock after it was set, and an edit's duration is not affected", async () => {
  const dayMs = 86_400_000
  const { reports, reported, conversation } = await begin({ ...SYSTEM_TIME, wallClockOffset: () => dayMs })
  await reported('session.ready')
  expect(Math.abs((reports[0]?.t ?? 0) - Date.now() - dayMs)).toBeLessThan(dayMs / 2)
  conversation.offer({ number: 2, agent: agentWith({ voice: 'Sarah' }) }, SYSTEM_TIME.now())
  await reported('reload.applied')
  const [applied] = reports.filter(({ type }) => type === 'reload.applied')
  expect(Math.abs(applied?.type === 'reload.applied' ? applied.ms : dayMs)).toBeLessThan(dayMs / 2)
})

test('a conversation that has ended leaves no timer that would keep the process alive', async () => {
  const waiting = new Set<object>()
  const { reported, conversation } = await begin({
    ...SYSTEM_TIME,
    after(ms, callback) {
      const wait = {}
      waiting.add(wait)
      const cancel = SYSTEM_TIME.after(ms, () => {
        waiting.delete(wait)
        callback()
      })
      return () => {
        waiting.delete(wait)
        cancel()
      }
    },
  })
  await reported('session.ready')
  expect(waiting.size).toBeGreaterThan(0)
  conversation.stop(false)
  await reported('session.closed')
  expect(waiting.size).toBe(0)
})

test('a conversation closes exactly once, whatever events arrive afterwards', async () => {
  const { reported, closings, conversation } = await begin()
  await reported('session.ready')
  conversation.stop(false)
  await reported('session.closed')
  conversation.dispatch({ type: 'caller.audio', audio: new Uint8Array(2_880) })
  conversation.stop(false)
  expect(closings).toHaveLength(1)
})

/** A conversation over loopback with a service that confirms whatever it is sent; every connection's listener is kept. */
async function begin(time = SYSTEM_TIME) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  cleanups.push(() => new Promise((resolve) => server.close(resolve)))
  const peers: WebSocket[] = []
  const listeners: ((event: ConnectionEvent) => void)[] = []
  const reports: Report[] = []
  const closings: Ending[] = []
  const events = new EventEmitter()
  let takenPeers = 0
  let takenReports = 0
  server.on('connection', (peer) => {
    peers.push(peer)
    peer.on('message', (data) => {
      const { type, session } = JSON.parse(String(data))
      if (type === 'session.update') peer.send(JSON.stringify({ type: 'session.updated', session }))
    })
    peer.send(JSON.stringify({ type: 'session.created', session: {} }))
    events.emit('peer')
  })
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const conversation: Conversation = openConversation(
    {
      name: 'main',
      generation: { number: 1, agent: agentWith({ limits: { max_session: '30m', max_tool_calls_in_flight: 8 } }) },
    },
    {
      connect(_, onEvent) {
        listeners.push(onEvent)
        return openServiceSocket({ url, headers: serviceHeaders('basic', 'a2V5'), onEvent })
      },
      runTool: () => ({ finished: Promise.resolve({ status: 'ok', output: '' }), cancel() {} }),
      useServers() {},
      sound: { open() {}, play() {}, pause() {}, resume() {}, clear() {} },
      onReport(report) {
        reports.push(report)
        events.emit('report')
      },
      onRest() {},
      onClosed: (ending) => void closings.push(ending),
    },
    time,
  )
  cleanups.push(() => conversation.stop(false))

  async function nextPeer(): Promise<WebSocket> {
    for (;;) {
      const peer = peers[takenPeers]
      if (peer !== undefined) {
        takenPeers += 1
        return peer
      }
      await once(events, 'peer')
    }
  }

  async function reported(type: Report['type']): Promise<void> {
    for (;;) {
      const found = reports.findIndex((report, index) => index >= takenReports && report.type === type)
      if (found >= 0) {
        takenReports = found + 1
        return
      }
      await once(events, 'report')
    }
  }

  return { reports, closings, listeners, nextPeer, reported, conversation }
}

function transcript(words: string) {
  const type = 'conversation.item.input_audio_transcription.completed' as const
  return { type, item_id: 'item_u', content_index: 0, transcript: words }
}

function lateTranscript(words: string): ConnectionEvent {
  return { type: 'server', event: { ...transcript(words), item_id: 'item_old' } }
}
