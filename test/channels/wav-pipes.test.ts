import { spawnSync } from 'node:child_process'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { wavHeader } from '../../src/audio/wav.ts'
import { readWavFile } from '../../src/channels/wav/microphone.ts'
import { openWavRecorder } from '../../src/channels/wav/recorder.ts'

let folder: string
let pipe: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runner-wav-'))
  pipe = join(folder, 'pipe')
  spawnSync('mkfifo', [pipe])
})
afterAll(() => rm(folder, { recursive: true }))

describe.skipIf(process.platform !== 'linux')('what is not a regular file', () => {
  test('is played if it is a pipe that holds a WAV file', async () => {
    const writer = await open(pipe, 'r+')
    await writer.write(Buffer.concat([wavHeader(1_600, 8_000), Buffer.alloc(1_600)]))
    const reading = readWavFile(pipe)
    await writer.close()
    expect(await reading).not.toBeTypeOf('string')
  })

  test('is read up to the limit', async () => {
    expect(await readWavFile('/dev/zero')).toBe('/dev/zero: a WAV file of at most 268435456 bytes is wanted')
  })

  test('takes no recording if it is a pipe, with a reader or without', async () => {
    const record = () => openWavRecorder({ path: pipe, rateHz: 8_000 })
    const refused = `${pipe}: cannot be written: it is not a file`
    expect(await record()).toBe(refused)
    const reader = await open(pipe, 'r+')
    expect(await record()).toBe(refused)
    await reader.close()
  })
})
