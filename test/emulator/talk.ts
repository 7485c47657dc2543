import { once } from 'node:events'
import { expect, onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/server.ts'
import type { Session } from '../../src/emulator/session.ts'
import type { ErrorBody } from '../../src/emulator/validate-client-event.ts'
import { ServerEvent } from '../../src/generated/realtime-server-events.js'

/** An event of the emulator: the fields of whichever it is. */
export interface ServerFrame {
  readonly type: string
  readonly event_id: string
  readonly session: Session & { readonly voice?: string }
  readonly response: {
    readonly id: string
    readonly status: string
    readonly status_details: { readonly reason: string } | null
    readonly conversation_id: string | null
    readonly metadata: object | null
    readonly usage: { readonly output_tokens: number }
    readonly output: readonly WireItem[]
  }
  readonly item: WireItem
  readonly error: ErrorBody
  readonly response_id: string
  readonly item_id: string
  readonly previous_item_id: string | null
  readonly delta: string
  readonly transcript: string
  readonly arguments: string
  readonly name?: string
  readonly audio_start_ms: number
  readonly audio_end_ms: number
}

export interface WireItem {
  readonly id: string
  readonly type: string
  readonly status: string
  readonly call_id: string
  readonly name: string
  readonly arguments: string
  readonly content?: readonly { readonly type: string; readonly text?: string; readonly transcript?: string }[]
}

/** A client that knows nothing but JSON: sends events, and waits for those that come. */
export interface TestClient {
  readonly emulator: Emulator
  readonly frames: readonly ServerFrame[]
  /** Resolves with the code with which the socket was closed. */
  closed(): Promise<number>
  send(event: object): void
  /** The next event of this type (after those that were waited for before). */
  next(type: string, fits?: (frame: ServerFrame) => boolean): Promise<ServerFrame>
  /** Sends, then waits. */
  ask(event: object, type: string): Promise<ServerFrame>
  /** All types since a mark, deltas of one kind folded into one. */
  types(from?: number): readonly string[]
}

export const QUERY = '?key=voice-1&protocol=realtime'
export const HEADERS = { authorization: 'Basic a2V5OnNlY3JldA==' }

/** An emulator that hums, and one client that has read `session.created`. */
export async function startAndConnect(options: EmulatorOptions = {}): Promise<TestClient> {
  const emulator = await startEmulator({ voice: 'hum', ...options })
  onTestFinished(() => emulator.close())
  return connect(emulator)
}

/** A client of an emulator. Every frame that it is sent must fit the event schema. */
export async function connect(emulator: Emulator): Promise<TestClient> {
  const socket = new WebSocket(emulator.url + QUERY, { headers: HEADERS })
  const frames: ServerFrame[] = []
  const invalidFrames: string[] = []
  let read = 0
  let wake = (): void => {}
  let code: number | null = null
  socket.on('error', () => {})
  socket.on('close', (given) => {
    code = given
    wake()
  })
  socket.on('message', (data) => {
    const frame = JSON.parse(data.toString()) as ServerFrame
    if (!ServerEvent(frame)) invalidFrames.push(`${JSON.stringify(frame)} ${JSON.stringify(ServerEvent.errors)}`)
    frames.push(frame)
    wake()
  })
  onTestFinished(() => expect(invalidFrames).toEqual([]))
  await once(socket, 'open')

  const next: TestClient['next'] = async (type, fits = () => true) => {
    for (;;) {
      const found = frames.findIndex((frame, index) => index >= read && frame.type === type && fits(frame))
      if (found !== -1) {
        read = found + 1
        return frames[found] as ServerFrame
      }
      if (code !== null) throw new Error(`closed with ${code} while waiting for ${type}`)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  const send = (event: object): void => socket.send(JSON.stringify(event))
  await next('session.created')
  return {
    emulator,
    frames,
    closed: async () => code ?? ((await once(socket, 'close'))[0] as number),
    send,
    next,
    ask(event, type) {
      send(event)
      return next(type)
    },
    types: (from = 0) => foldDeltas(frames.slice(from).map(({ type }) => type)),
  }
}

/** What a caller types, and the order to answer. */
export function type(client: TestClient, text: string, response: object = {}): void {
  const item = { type: 'message', role: 'user', content: [{ type: 'input_text', text }] }
  client.send({ type: 'conversation.item.create', item })
  client.send({ type: 'response.create', response })
}

/** The words of a finished response. */
export function wordsIn({ response }: ServerFrame): string {
  const content = response.output.flatMap((item) => item.content ?? [])
  return content.map(({ text, transcript }) => text ?? transcript).join(' ')
}

/** PCM16 sound as base64: so many ms of a tone, or of silence. */
export function sound(
  ms: number,
  { rateHz = 24_000, amplitude = 0 }: { rateHz?: number; amplitude?: number } = {},
): string {
  return Buffer.from(tone(ms, rateHz, amplitude).buffer).toString('base64')
}

export function tone(ms: number, rateHz: number, amplitude: number): Int16Array {
  return Int16Array.from({ length: (ms * rateHz) / 1_000 }, (_, index) => {
    return 32_767 * amplitude * Math.sin((2 * Math.PI * 440 * index) / rateHz)
  })
}

function foldDeltas(types: readonly string[]): readonly string[] {
  return types.filter((each, index) => {
    const isDelta = each.endsWith('.delta')
    return !isDelta || types.slice(0, index).lastIndexOf(each) < lastNonDelta(types, index)
  })
}

/** Where the last event before this one stands that is no delta. */
function lastNonDelta(types: readonly string[], index: number): number {
  return types.slice(0, index).findLastIndex((each) => !each.endsWith('.delta'))
}
