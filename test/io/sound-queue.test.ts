import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { openServiceSocket, type SocketEvent } from '../../src/io/service/service-socket.ts'
import { createSoundQueue } from '../../src/io/service/sound-queue.ts'
import type { ClientEvent } from '../../src/realtime/client-event.ts'

/** Three bytes of sound that hold the number of the piece. */
function sound(number: number): ClientEvent {
  return { type: 'input_audio_buffer.append', audio: Uint8Array.of(number, number, number) }
}

const cancel = { type: 'response.cancel', event_id: 'c', response_id: 'r' } as const
const commit = { type: 'input_audio_buffer.commit', event_id: 'k' } as const

/** A queue over a socket that takes nothing until `makeRoom`. */
function createSlowSocket(heldBytesMax = 9) {
  const sent: string[] = []
  const dropped: number[] = []
  let waiting = 1
  const queue = createSoundQueue({
    send(event) {
      waiting += 1
      sent.push('audio' in event ? `sound ${event.audio[0]}` : event.type)
    },
    waitingBytes: () => waiting,
    onDropped: (bytes) => dropped.push(bytes),
    socketBytesMax: 0,
    heldBytesMax,
  })
  /** Lets the socket take this many more events. */
  const makeRoom = (events: number) => {
    waiting = 1 - events
    queue.drain()
  }
  return { queue, sent, dropped, makeRoom, recover: () => makeRoom(100) }
}

test('on a slow connection sound waits in order, and other events overtake it', () => {
  const { queue, sent, dropped, recover } = createSlowSocket()
  for (const event of [sound(1), sound(2), cancel, commit]) queue.send(event)
  expect(sent).toEqual(['response.cancel'])
  recover()
  expect(sent).toEqual(['response.cancel', 'sound 1', 'sound 2', 'input_audio_buffer.commit'])
  expect(dropped).toEqual([])
})

test('beyond the limit the oldest sound is dropped, never a control event, and reported once', () => {
  const { queue, sent, dropped, recover } = createSlowSocket(6)
  for (const event of [sound(1), commit, sound(2), sound(3), sound(4)]) queue.send(event)
  recover()
  expect(sent).toEqual(['input_audio_buffer.commit', 'sound 3', 'sound 4'])
  expect(dropped).toEqual([6])
  queue.send(sound(5))
  expect(sent.at(-1)).toBe('sound 5')
  expect(dropped).toEqual([6])
})

test('only what the connection can take is sent, and drops are reported after the rest', () => {
  const { queue, sent, dropped, makeRoom } = createSlowSocket(6)
  for (const event of [sound(1), sound(2), sound(3)]) queue.send(event)
  makeRoom(1)
  expect([sent, dropped]).toEqual([['sound 2'], []])
  makeRoom(1)
  expect([sent, dropped]).toEqual([['sound 2', 'sound 3'], [3]])
})

test('the sound replayed to a new session is not dropped, even on a slow network', () => {
  let [waiting, frames, dropped] = [0, 0, 0]
  const queue = createSoundQueue({
    send(event) {
      frames += 1
      waiting += 'audio' in event ? event.audio.byteLength : 0
    },
    waitingBytes: () => waiting,
    onDropped: (bytes) => (dropped += bytes),
  })
  // As much as a conversation holds, in frames of 60 ms.
  for (let frame = 0; frame < 333; frame += 1)
    queue.send({ type: 'input_audio_buffer.append', audio: new Uint8Array(2_880) })
  while (frames < 333 && dropped === 0) {
    waiting = 0
    queue.drain()
  }
  expect([frames, dropped]).toEqual([333, 0])
})

test('a service that stops reading costs bounded memory, and gets the newest sound once it reads again', async () => {
  const server = new WebSocketServer({ port: 0 })
  await once(server, 'listening')
  const events: SocketEvent[] = []
  let wake = () => {}
  const socket = openServiceSocket({
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    headers: {},
    onEvent(event) {
      events.push(event)
      wake()
    },
  })
  const [peer] = await once(server, 'connection')
  while (!events.some(({ type }) => type === 'socket.opened')) await new Promise<void>((done) => (wake = done))
  const received: { readonly type: string; readonly audio?: string }[] = []
  peer.pause()
  peer.on('message', (data: Buffer) => received.push(JSON.parse(String(data))))

  // More than the system itself takes in between two sockets of one machine, in pieces of a second.
  const pieces = 1_000
  for (let number = 0; number < pieces; number += 1) {
    const audio = Buffer.alloc(48_000)
    audio.writeUInt32LE(number)
    socket.send({ type: 'input_audio_buffer.append', audio })
  }
  socket.send(cancel)
  peer.resume()
  while (!events.some(({ type }) => type === 'audio.dropped')) await new Promise<void>((done) => (wake = done))
  socket.close()
  await once(peer, 'close')
  const numbers = received.flatMap(({ audio }) => (audio ? [Buffer.from(audio, 'base64').readUInt32LE()] : []))
  expect(numbers).toEqual(numbers.toSorted((one, other) => one - other))
  expect(numbers.at(-1)).toBe(pieces - 1)
  expect(received.filter(({ type }) => type === 'response.cancel')).toHaveLength(1)
  const lost = events.flatMap((event) => (event.type === 'audio.dropped' ? [event.bytes] : []))
  expect(lost).toEqual([(pieces - numbers.length) * 48_000])
  server.close()
})
