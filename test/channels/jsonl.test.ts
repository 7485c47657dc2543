import { Readable, Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { type JsonlInput, parseJsonl } from '../../src/channels/jsonl/input.ts'
import { openJsonlOutput } from '../../src/channels/jsonl/output.ts'
import { readJsonl } from '../../src/channels/jsonl.ts'

const text = (words: string): JsonlInput => ({
  type: 'event',
  conversation: 'main',
  event: { type: 'caller.text', text: words },
})

describe('a valid line is parsed', () => {
  test.each<[string, JsonlInput]>([
    ['{"type":"text","text":"Hi"}', text('Hi')],
    [
      '{"type":"audio","audio":"AAEC/w=="}',
      { type: 'event', conversation: 'main', event: { type: 'caller.audio', audio: Uint8Array.of(0, 1, 2, 255) } },
    ],
    ['{"type":"hold"}', { type: 'event', conversation: 'main', event: { type: 'caller.held' } }],
    ['{"type":"interrupt"}', { type: 'event', conversation: 'main', event: { type: 'caller.interrupted' } }],
    ['{"type":"press"}', { type: 'event', conversation: 'main', event: { type: 'caller.pressed' } }],
    ['{"type":"commit"}', { type: 'event', conversation: 'main', event: { type: 'caller.committed' } }],
    ['{"type":"pause"}', { type: 'event', conversation: 'main', event: { type: 'caller.paused' } }],
    [
      '{"type":"resume","conversation":"b","agent":"support"}',
      { type: 'event', conversation: 'b', agent: 'support', event: { type: 'caller.resumed' } },
    ],
    ['{"type":"stop"}', { type: 'stop' }],
    ['{"type":"stop","conversation":"b"}', { type: 'close', conversation: 'b' }],
    ['{"type":"conversation.open","conversation":"b"}', { type: 'open', conversation: 'b' }],
    [
      '{"type":"conversation.open","conversation":"b","agent":"desk"}',
      { type: 'open', conversation: 'b', agent: 'desk' },
    ],
    ['{"type":"conversation.close","conversation":"b"}', { type: 'close', conversation: 'b' }],
  ])('%s', (line, input) => {
    expect(parseJsonl(line)).toEqual(input)
  })
})

const TYPES =
  '"conversation.open", "conversation.close", "text", "audio", "pause", "hold", "resume", "interrupt", "press", "commit", "stop"'

describe('a bad line is refused with what was found and what is wanted', () => {
  test.each([
    ['hello', 'not JSON: hello; one JSON object a line is wanted, such as {"type":"text","text":"Hello"}'],
    ['[1]', '[1] is not a JSON object; {"type":"text","text":"Hello"} would be one'],
    ['null', 'null is not a JSON object; {"type":"text","text":"Hello"} would be one'],
    ['{}', `type: missing; one of ${TYPES} is wanted`],
    ['{"type":"toString"}', `type: found "toString"; one of ${TYPES} is wanted`],
    ['{"type":"conversation.open"}', 'conversation: missing; the name of the conversation is wanted'],
    ['{"type":"conversation.close"}', 'conversation: missing; the name of the conversation is wanted'],
    ['{"type":"text"}', "text: missing; the caller's words are wanted"],
    ['{"type":"text","text":" "}', 'text: found " "; the caller\'s words are wanted'],
    ['{"type":"text","text":7}', "text: found 7; the caller's words are wanted"],
    ['{"type":"audio","audio":"A-_="}', 'audio: found "A-_="; base64 is wanted'],
    ['{"type":"audio","audio":""}', 'audio: found ""; base64 is wanted'],
    [
      '{"type":"text","text":"Hi","conversaton":"b"}',
      'conversaton: no key of "text"; known are type, conversation, agent, text',
    ],
    ['{"type":"pause","text":"Hi"}', 'text: no key of "pause"; known are type, conversation, agent'],
    ['{"type":"pause","conversation":""}', 'conversation: found ""; a name of 1 to 100 printable characters is wanted'],
    [
      '{"type":"pause","conversation":"a\\n"}',
      'conversation: found "a\\n"; a name of 1 to 100 printable characters is wanted',
    ],
    ['{"type":"pause","agent":1}', "agent: found 1; an agent's name is wanted"],
  ])('%s', (line, message) => {
    expect(parseJsonl(line)).toBe(message)
  })

  test('a long bad line is quoted in part only', () => {
    const message = parseJsonl(`{"type":"audio","audio":"${'?'.repeat(5_000)}"}`)
    expect(String(message).length).toBeLessThan(120)
  })
})

describe('reading input', () => {
  async function read(chunks: readonly string[], lineBytesMax = 200) {
    const inputs: JsonlInput[] = []
    const bad: string[] = []
    await new Promise<void>((onEnd) => {
      readJsonl({
        input: Readable.from(chunks),
        onInput: (input) => inputs.push(input),
        onBadLine: (message) => bad.push(message),
        onEnd,
        lineBytesMax,
      })
    })
    return { inputs, bad }
  }

  test('continues after a bad line and reports its number', async () => {
    const { inputs, bad } = await read(['{"type":"text","text":"one"}\n\nno', 'pe\n{"type":"text","text":"two"}'])
    expect(inputs).toEqual([text('one'), text('two')])
    expect(bad).toEqual([expect.stringMatching(/^line 3: not JSON: nope;/)])
  })

  test('accepts a line at the limit and refuses a longer one', async () => {
    const line = (length: number) => JSON.stringify({ type: 'text', text: 'x'.repeat(length - 25) })
    const { inputs, bad } = await read([`${line(200)}\n${line(201)}\n${line(100)}\n`])
    expect(inputs).toHaveLength(2)
    expect(bad).toEqual(['line 2: longer than 200 bytes; send sound in smaller pieces'])
  })

  test('reports a read error, then ends', async () => {
    const source = new Readable({ read() {} })
    const bad: string[] = []
    const ended = new Promise<void>((onEnd) => {
      readJsonl({ input: source, onInput() {}, onBadLine: (message) => bad.push(message), onEnd })
    })
    source.destroy(new Error('read EIO'))
    await ended
    expect(bad).toEqual(['the input cannot be read any further: read EIO'])
  })
})

test('a closed reader releases its input and reports nothing more', async () => {
  const input = new Readable({ read() {} })
  const calls: unknown[] = []
  const reader = readJsonl({
    input,
    onInput: (input) => calls.push(input),
    onBadLine: (message) => calls.push(message),
    onEnd: () => calls.push('end'),
  })
  const closed = new Promise((resolve) => input.once('close', resolve))
  reader.close()
  await closed
  await new Promise(setImmediate)
  expect(calls).toEqual([])
})

describe('the output', () => {
  /** A reader that takes nothing until it is released. */
  function slowReader() {
    const taken: string[] = []
    let release = () => {}
    let isOpen = false
    const output = new Writable({
      highWaterMark: 1,
      write(chunk, _encoding, done) {
        taken.push(String(chunk))
        if (isOpen) done()
        else release = done
      },
    })
    const open = () => {
      isOpen = true
      release()
    }
    return { output, taken, open }
  }

  test('writes one event per line, even if a text contains line breaks', async () => {
    const { output, taken, open } = slowReader()
    open()
    const writer = openJsonlOutput({ output, onDropped() {}, onClosed() {} })
    writer.write({ type: 'warning', message: 'a\nb\u2028c' })
    await writer.close()
    expect(taken.join('')).toBe('{"type":"warning","message":"a\\nb\u2028c"}\n')
  })

  test('queues events for a slow reader up to a limit, then drops whole events and reports how many', async () => {
    const { output, taken, open } = slowReader()
    const lost = Promise.withResolvers<number>()
    const writer = openJsonlOutput({ output, onDropped: lost.resolve, onClosed() {}, queuedBytesMax: 30 })
    for (const n of [1, 2, 3, 4, 5, 6]) writer.write({ n })
    open()
    expect(await lost.promise).toBe(3)
    writer.write({ n: 7 })
    await writer.close()
    expect(taken.join('').trim().split('\n')).toEqual(['{"n":1}', '{"n":2}', '{"n":3}', '{"n":7}'])
  })

  test('reports a lost reader once, even if every write fails as on standard output', async () => {
    const output = new Writable({
      autoDestroy: false,
      write: (_chunk, _encoding, done) => done(new Error('write EPIPE')),
    })
    let closes = 0
    const writer = openJsonlOutput({ output, onDropped() {}, onClosed: () => (closes += 1) })
    for (const n of [1, 2]) {
      writer.write({ n })
      await new Promise(setImmediate)
    }
    await writer.close()
    expect(closes).toBe(1)
  })

  test('closes quietly when the reader is gone', async () => {
    const { output } = slowReader()
    let closes = 0
    const writer = openJsonlOutput({ output, onDropped() {}, onClosed: () => (closes += 1) })
    writer.write({ n: 1 })
    output.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    await new Promise((resolve) => output.once('close', resolve))
    writer.write({ n: 2 })
    await writer.close()
    expect(closes).toBe(1)
  })
})
