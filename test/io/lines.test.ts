import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { readLines } from '../../src/io/tools/lines.ts'

/** The lines read from these chunks, up to the end of the stream. */
async function linesOf(
  pieces: readonly (string | Buffer)[],
  charactersMax = 8,
  isCut = false,
): Promise<readonly string[]> {
  const stream = new PassThrough()
  const lines: string[] = []
  const tooLong = { onTooLong: () => void lines.push('(too long)') }
  readLines(stream, charactersMax, { onLine: (line) => void lines.push(line), ...(isCut ? {} : tooLong) })
  const closed = new Promise((resolve) => stream.once('close', resolve))
  for (const piece of pieces) stream.write(piece)
  stream.end()
  await closed
  return lines
}

test('lines are reassembled from any chunks, the last one too, and blank lines are skipped', async () => {
  expect(await linesOf(['a', 'b\n\n  \nc', 'd\r\ne'])).toEqual(['ab', 'cd\r', 'e'])
  const [half, rest] = [Buffer.from('dü').subarray(0, 2), Buffer.from('dü').subarray(2)]
  expect(await linesOf([half, rest, '\n'])).toEqual(['dü'])
})

test.each([
  ['in one chunk', ['12345678\n', '123456789\n', 'x\n']],
  ['in many chunks', ['1234', '5678\n123456', '78', '9', '\nx\n']],
])('an overlong line %s is reported once and ends reading, or is cut', async (_, pieces) => {
  expect(await linesOf(pieces)).toEqual(['12345678', '(too long)'])
  expect(await linesOf(pieces, 8, true)).toEqual(['12345678', '12345678', 'x'])
})

test('many lines at once do not block the event loop', async () => {
  const stream = new PassThrough()
  const all = Promise.withResolvers<void>()
  let lines = 0
  let turns = 0
  readLines(stream, 8, {
    onLine() {
      lines += 1
      for (const until = performance.now() + 1; performance.now() < until; );
      if (lines === 200) all.resolve()
    },
  })
  const count = () => {
    turns += 1
    if (lines < 200) setImmediate(count)
  }
  setImmediate(count)
  stream.write('x\n'.repeat(200))
  await all.promise
  expect(turns).toBeGreaterThan(10)
})

test('finish passes on all lines received so far at once', () => {
  const stream = new PassThrough()
  const lines: string[] = []
  const { finish } = readLines(stream, 8, {
    onLine(line) {
      lines.push(line)
      for (const until = performance.now() + 10; performance.now() < until; );
    },
  })
  stream.emit('data', 'a\nb\nc')
  expect(lines).toEqual(['a'])
  finish()
  expect(lines).toEqual(['a', 'b', 'c'])
})
