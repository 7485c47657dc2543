import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { CallerEvent } from '../../src/channels/caller-event.ts'
import { splitLines } from '../../src/channels/split-lines.ts'
import { LINE_BYTES_MAX, openTurnQueue } from '../../src/channels/turn-queue.ts'

/** Runs lines to their end; each turn is answered, and then it is quiet, after the event loop has turned. */
async function runTurnQueue(lines: AsyncIterable<string>) {
  const events: (CallerEvent | string)[] = []
  const end = await new Promise<{ hadLines: boolean }>((resolve) => {
    const channel = openTurnQueue({
      lines,
      emit: (event) => {
        events.push(event)
        if (event.type !== 'caller.text') return
        setImmediate(() => {
          events.push('answered')
          channel.onQuiet()
        })
      },
      onWarning: (message) => events.push(message),
      onEnd: resolve,
    })
    setImmediate(() => {
      events.push('greeted')
      channel.onQuiet()
    })
  })
  return { events, end }
}

const turn = (text: string): CallerEvent => ({ type: 'caller.text', text })

describe('the turn queue', () => {
  test('sends each line after the greeting or the answer before it, and ends after the last answer', async () => {
    const { events, end } = await runTurnQueue(Readable.from(['one', '  ', ' two ', '']))
    expect(events).toEqual(['greeted', turn('one'), 'answered', turn('two'), 'answered'])
    expect(end).toEqual({ hadLines: true })
  })

  test('reports at once that there were no lines', async () => {
    const ended = Promise.withResolvers<{ hadLines: boolean }>()
    openTurnQueue({ lines: Readable.from([' ', '']), emit: () => {}, onWarning: () => {}, onEnd: ended.resolve })
    expect(await ended.promise).toEqual({ hadLines: false })
  })

  test('runs /pause and /resume in order without waiting for an answer', async () => {
    const { events } = await runTurnQueue(Readable.from(['one', '/pause', '/resume', 'two', '/help']))
    expect(events).toEqual([
      'greeted',
      turn('one'),
      { type: 'caller.paused' },
      { type: 'caller.resumed' },
      'answered',
      turn('two'),
      'answered',
      turn('/help'),
      'answered',
    ])
  })

  test('waits for no answers while on hold', async () => {
    const events: CallerEvent[] = []
    const over = Promise.withResolvers<void>()
    const lines = Readable.from(['/hold', 'one', 'two'])
    openTurnQueue({ lines, emit: (event) => void events.push(event), onWarning: () => {}, onEnd: () => over.resolve() })
    await over.promise
    expect(events).toEqual([{ type: 'caller.held' }, turn('one'), turn('two')])
  })

  test('sends lines of 64 KiB and refuses longer ones with a warning', async () => {
    const longest = 'x'.repeat(LINE_BYTES_MAX)
    const { events } = await runTurnQueue(Readable.from([longest, `${longest}x`, 'two']))
    expect(events).toEqual([
      'greeted',
      turn(longest),
      'line 2 is longer than 65536 bytes and was not said',
      'answered',
      turn('two'),
      'answered',
    ])
  })

  test('reports a read error, then ends', async () => {
    async function* broken() {
      yield 'one'
      throw new Error('read EIO')
    }
    const { events, end } = await runTurnQueue(broken())
    expect(events).toContain('the input cannot be read any further: read EIO')
    expect(end).toEqual({ hadLines: true })
  })

  test.each([
    ['at once', () => {}],
    ['while a line waits for an answer', () => new Promise(setImmediate)],
  ])('sends nothing more when closed %s', async (_, meanwhile) => {
    const events: CallerEvent[] = []
    const lines = openTurnQueue({
      lines: Readable.from(['one']),
      emit: (event) => events.push(event),
      onWarning() {},
      onEnd() {},
    })
    await meanwhile()
    lines.close()
    lines.onQuiet()
    await new Promise(setImmediate)
    expect(events).toEqual([])
  })
})

describe('a stream split into lines', () => {
  async function split(chunks: readonly (string | Uint8Array)[], bytesMax = 100): Promise<readonly string[]> {
    const lines: string[] = []
    for await (const line of splitLines(Readable.from(chunks), bytesMax)) lines.push(line)
    return lines
  }

  test.each<[string, readonly (string | Uint8Array)[], readonly string[]]>([
    ['may end with or without a line feed', ['one\ntwo'], ['one', 'two']],
    ['may contain empty lines', ['\n\nx\n'], ['', '', 'x']],
    ['may arrive in any chunks', ['o', 'ne\nt', 'wo\n', 'three'], ['one', 'two', 'three']],
    ['may end its lines in CR LF', ['one\r\ntwo\r\n'], ['one', 'two']],
    ['may break inside a character', [Buffer.from('né').subarray(0, 2), Buffer.from('né\n').subarray(2)], ['né']],
    ['may begin with a byte order mark', ['\ufeffone\n'], ['one']],
    ['may be empty', [], []],
  ])('%s', async (_, chunks, lines) => {
    expect(await split(chunks)).toEqual(lines)
  })

  test('yields a line at the limit whole, cuts a longer one, and recovers on the next', async () => {
    const lines = await split([`${'a'.repeat(8)}\r\n${'b'.repeat(9)}\n${'c'.repeat(500)}\nd\n`], 8)
    expect(lines.map((line) => line.length > 8)).toEqual([false, true, true, false])
    expect(lines[2]?.length).toBeLessThan(20)
    expect(lines[3]).toBe('d')
  })
})
