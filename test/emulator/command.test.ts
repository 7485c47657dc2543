import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import WebSocket from 'ws'
import { startEmulator } from '../../src/emulator/server.ts'
import { HEADERS, QUERY, sound } from './talk.ts'

const command = new URL('../../src/commands/emulator.ts', import.meta.url).href

test('prints its URL, reads captions from a file, and exits with 0 on SIGTERM while a client is connected', async () => {
  const captions = await file('where is my order\n\nthank you\n')
  const child = run({ captions, voice: 'hum', expiresAfter: 3_600, fault: ['ping'] })
  const url = String((await once(child.stdout as NodeJS.ReadableStream, 'data'))[0]).trim()
  expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/api\/v1\/realtime\/session$/)
  const socket = new WebSocket(url + QUERY, { headers: HEADERS })
  await once(socket, 'open')
  const transcript = transcriptOf(socket)
  for (const audio of [sound(1_000, { amplitude: 0.3 }), sound(1_000)]) {
    socket.send(JSON.stringify({ type: 'input_audio_buffer.append', audio }))
  }
  expect(await transcript).toBe('where is my order')
  child.kill('SIGTERM')
  expect(await once(child, 'close')).toEqual([0, null])
})

test('a port that is taken gives one sentence and exit code 4', async () => {
  const emulator = await startEmulator()
  onTestFinished(() => emulator.close())
  const child = run({ port: emulator.port })
  const [said, [code]] = await Promise.all([text(child.stderr as NodeJS.ReadableStream), once(child, 'close')])
  expect([code, said]).toEqual([
    4,
    `runner: port ${emulator.port} is taken: choose another with --port, or leave it out\n`,
  ])
})

test('captions that cannot be read give exit code 2', async () => {
  const child = run({ captions: '/nowhere/captions.txt' })
  const [said, [code]] = await Promise.all([text(child.stderr as NodeJS.ReadableStream), once(child, 'close')])
  expect([code, said]).toEqual([
    2,
    'runner: --captions: /nowhere/captions.txt: cannot be read: there is no such file or folder\n',
  ])
})

function run(options: object): ChildProcess {
  const script = `import { emulator } from ${JSON.stringify(command)}\nprocess.exitCode = await emulator(${JSON.stringify(options)})`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

function transcriptOf(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.on('message', (data) => {
      const event = JSON.parse(data.toString())
      if (event.type.endsWith('transcription.completed')) resolve(event.transcript)
    })
  })
}

async function file(content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'captions-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'captions.txt')
  await writeFile(path, content)
  return path
}
