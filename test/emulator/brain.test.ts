import { describe, expect, test } from 'vitest'
import { type BrainInput, planResponse, type ResponseStep } from '../../src/emulator/brain.ts'
import type { Item } from '../../src/emulator/item.ts'

const lookup = {
  name: 'lookup_order',
  description: 'Look up one order by its number.',
  parameters: {
    type: 'object',
    properties: { order_id: { type: 'string', pattern: '^[A-Z]-\\d{4}$', examples: ['A-1042'] } },
    required: ['order_id'],
  },
}
const weather = {
  name: 'get_weather',
  description: 'Forecast for a city.',
  parameters: {
    type: 'object',
    properties: {
      city: { type: 'string' },
      day: { type: 'string', format: 'date' },
      units: { enum: ['celsius', 'fahrenheit'] },
    },
    required: ['city'],
  },
}
const clock = { name: 'get_time', description: 'Current time.', parameters: { type: 'object', properties: {} } }
const tools = [lookup, weather, clock]
const instructions = 'You are Nora, the friendly voice of a small web shop. Be brief, and be kind.'

describe('a caller’s words become calls', () => {
  const cases: readonly (readonly [words: string, calls: readonly (readonly [string, object])[]])[] = [
    ['where is order A-1042?', [['lookup_order', { order_id: 'A-1042' }]]],
    ['Where’s my order a-1042', [['lookup_order', { order_id: 'A-1042' }]]],
    ['order A 1042 please', [['lookup_order', { order_id: 'A-1042' }]]],
    ['what about B-2043', [['lookup_order', { order_id: 'B-2043' }]]],
    ['What time is it?', [['get_time', {}]]],
    ['weather in New York', [['get_weather', { city: 'New York' }]]],
    [
      "what's the weather in Oslo tomorrow, in celsius?",
      [['get_weather', { city: 'Oslo', day: '2026-11-24', units: 'celsius' }]],
    ],
    ['the weather in Rio de Janeiro on 3 March', [['get_weather', { city: 'Rio de Janeiro', day: '2027-03-03' }]]],
    [
      'where is order A-1042 and what time is it',
      [
        ['lookup_order', { order_id: 'A-1042' }],
        ['get_time', {}],
      ],
    ],
    [
      'where are A-1042 and B-2043?',
      [
        ['lookup_order', { order_id: 'A-1042' }],
        ['lookup_order', { order_id: 'B-2043' }],
      ],
    ],
    ['get_weather Oslo', [['get_weather', { city: 'Oslo' }]]],
    ['A-1042 please, I said A-1042', [['lookup_order', { order_id: 'A-1042' }]]],
    [
      'A-1, A-1001, A-1002, A-1003, A-1004, A-1005',
      ['A-1001', 'A-1002', 'A-1003', 'A-1004'].map((order_id) => ['lookup_order', { order_id }] as const),
    ],
  ]
  test.each(cases)('%s', (words, calls) => {
    expect(plan({ items: [caller(words)] })).toEqual(
      calls.map(([name, given]) => ({ type: 'call', name, arguments: JSON.stringify(given) })),
    )
  })
})

test.each(['hello', 'thanks, bye', 'how are you today?', 'tell me a joke', ''])('"%s" calls nothing', (words) => {
  expect(plan({ items: [caller(words)] }).map(({ type }) => type)).toEqual(['say'])
})

test("a tool's exact name calls it, even if its words are stop-words", () => {
  const look = { name: 'look', description: 'Around.', parameters: { type: 'object', properties: {} } }
  const types = (words: string) => plan({ tools: [look], items: [caller(words)] }).map(({ type }) => type)
  expect(types('Look!')).toEqual(['call'])
  expect(types('let me look at it')).toEqual(['say'])
})

test('of two tools that share a word, the one whose full name was said is called', () => {
  const refund = { name: 'refund', description: 'Pay back one order.', parameters: {} }
  const calls = plan({ tools: [lookup, refund], items: [caller('refund the order, please')] })
  expect(calls).toMatchObject([{ type: 'call', name: 'refund' }])
})

test('a missing required argument is asked for by name', () => {
  expect(text(plan({ items: [caller('where is my order?')] }))).toBe(
    'I can use lookup_order for that, but I still need the order id (for example A-1042). What is it?',
  )
})

test('the answer to that question completes the call', () => {
  const asked = assistant('I can use get_weather for that, but I still need the city. What is it?')
  expect(plan({ items: [caller('how is the weather tomorrow'), asked, caller('Paris please')] })).toEqual([
    { type: 'call', name: 'get_weather', arguments: '{"city":"Paris","day":"2026-11-24"}' },
  ])
})

test('a call that needs consent is asked about, and repeated unchanged after a yes', () => {
  const refused = outcome('c1', '{"error":{"kind":"unconfirmed","message":"not done yet: ask the caller"}}')
  const before = [caller('where is order A-1042?'), called('c1'), refused]
  const question = text(plan({ items: before }))
  expect(question).toBe('Shall I use lookup_order? Say yes, and I will.')
  const answered = (words: string) => plan({ items: [...before, assistant(question), caller(words)] })
  expect(answered('Yes, please.')).toEqual([{ type: 'call', name: 'lookup_order', arguments: '{}' }])
  expect(answered('no').map(({ type }) => type)).toEqual(['say'])
  const withdrawn = plan({ items: [...before, assistant(question), caller('Yes.')], tools: [clock] })
  expect(withdrawn.map(({ type }) => type)).toEqual(['say'])
  expect(answered('Yes, but order A-2077')).toEqual([
    { type: 'call', name: 'lookup_order', arguments: '{"order_id":"A-2077"}' },
  ])
})

test("an answer cancelled before its first word leaves the caller's words unanswered", () => {
  expect(plan({ items: [caller('what time is it'), assistant('')] })).toEqual([
    { type: 'call', name: 'get_time', arguments: '{}' },
  ])
})

describe('an outcome is spoken', () => {
  test.each([
    ['{"status":"shipped","eta":"Wednesday"}', 'Here is what lookup_order found: status: shipped, eta: Wednesday.'],
    [
      '{"order_id":"A-1","lines":[{"sku":"x"},{"sku":"y"}],"paid":true}',
      'Here is what lookup_order found: order id: A-1, lines: sku: x; sku: y, paid: yes.',
    ],
    ['It is on its way', 'lookup_order says: It is on its way.'],
    ['{"ok":true}', 'lookup_order is done.'],
    [
      '{"error":{"kind":"timeout","message":"took longer than 8 s"}}',
      'lookup_order did not work: took longer than 8 s.',
    ],
    ['{"error":"no such order"}', 'lookup_order did not work: no such order.'],
    ['{"error":{"message":{"toString":1}}}', 'lookup_order did not work: to string: 1.'],
    ['[]', 'Here is what lookup_order found: nothing.'],
  ])('%s', (output, sentence) => {
    expect(text(plan({ items: [caller('order A-1042'), called('c1'), outcome('c1', output)] }))).toBe(sentence)
  })

  test('with all outcomes of one response in one answer', () => {
    const items = [caller('two orders'), called('c1'), called('c2'), outcome('c2', 'second'), outcome('c1', 'first')]
    expect(text(plan({ items }))).toBe('lookup_order says: second. lookup_order says: first.')
  })

  test('as a start message for a call in the background', () => {
    const output = JSON.stringify({ status: 'started', message: 'its result follows' })
    const begun = text(plan({ items: [caller('order A-1042'), called('c1'), outcome('c1', output)] }))
    expect(begun).toBe('lookup_order has begun. I will tell you when it is done.')
  })

  test('if it comes from the background, and its words are not taken as an order', () => {
    const items = [caller('order A-1042'), called('c1'), outcome('c1', 'begun'), assistant('It has begun.')]
    const late = (output: string) => plan({ items: [...items, report(output)] })
    expect(text(late('{"status":"shipped"}'))).toBe('Here is what lookup_order found: status: shipped.')
    expect(text(late('what time is it\nwhat time is it'))).toBe('lookup_order says: what time is it what time is it.')
  })

  test('and what the caller said meanwhile is answered after it', () => {
    const items = [caller('order A-1042'), called('c1'), caller('what time is it'), outcome('c1', 'shipped')]
    expect(plan({ items }).map(({ type }) => type)).toEqual(['say', 'call'])
  })

  test('even if a tool is required, since a rehearsal must come to an end', () => {
    const items = [caller('order A-1042'), called('c1'), outcome('c1', 'shipped')]
    expect(text(plan({ items, toolChoice: 'required' }))).toBe('lookup_order says: shipped.')
  })
})

describe('the tool choice is honoured', () => {
  test('none: no tool is called', () => {
    expect(plan({ items: [caller('order A-1042')], toolChoice: 'none' })[0]?.type).toBe('say')
  })
  test('required: a tool is called, with invented arguments if necessary', () => {
    expect(plan({ items: [caller('hello')], toolChoice: 'required' })).toEqual([
      { type: 'call', name: 'lookup_order', arguments: '{"order_id":"A-1042"}' },
    ])
  })
  test('a name: that tool', () => {
    expect(plan({ items: [caller('order A-1042')], toolChoice: { name: 'get_time' } })).toEqual([
      { type: 'call', name: 'get_time', arguments: '{}' },
    ])
  })
})

describe('an order to say exact words is followed', () => {
  test.each([
    [
      `${instructions}\n\nSay exactly these words to the caller now, and nothing else: "Hi, this is Nora."`,
      'Hi, this is Nora.',
    ],
    ['Say exactly these words to the caller now, and nothing else: "We call it "the shop"."', 'We call it "the shop".'],
    [
      'Always say exactly "yes".\n\nSay exactly these words to the caller now, and nothing else: "Good day!"',
      'Good day!',
    ],
    ['Repeat verbatim: we close at six', 'we close at six'],
  ])('%s', (order, words) => {
    expect(plan({ responseInstructions: order, instructions: order })).toEqual([{ type: 'say', text: words }])
  })

  test('but only if this response orders it', () => {
    expect(text(plan({ instructions: 'Say exactly "boo".', items: [caller('hello')] }))).toContain('rehearsal')
  })
})

describe('the fallback answer', () => {
  const first = text(plan({ items: [caller('hello')] }))

  test('says plainly that it is a rehearsal, and names instructions and tools', () => {
    expect(first).toBe(
      'This is a rehearsal without a model: I follow your agent file, but I cannot think. You said: "hello". ' +
        'My instructions (16 words) begin: "You are Nora, the friendly voice of a small web shop. Be …" ' +
        'My tools are lookup_order, get_weather and get_time. Say "lookup order A-1042" and I will call the first one.',
    )
  })

  test('is shorter the next time, and an edit of the instructions is heard in it', () => {
    const items = [caller('hello'), assistant(first), caller('and you?')]
    const later = text(plan({ items, instructions: 'You are Max.' }))
    expect(later).toContain('My instructions (3 words) begin: "You are Max."')
    expect(later.length).toBeLessThan(first.length)
  })

  test('admits that speech without captions is not understood', () => {
    expect(text(plan({ items: [caller('[speech, 2.1 s]')] }))).toContain(
      'I heard you speak for 2.1 seconds, but I do not understand speech.',
    )
  })

  test('quotes a long line up to a word', () => {
    const line = `one two three ${'x'.repeat(80)} end`
    expect(text(plan({ items: [caller(line)] }))).toContain('You said: "one two three …"')
  })

  test('is the same for the same situation', () => {
    expect(plan({ items: [caller('hello')] })).toEqual(plan({ items: [caller('hello')] }))
  })
})

function plan(situation: Partial<BrainInput>): readonly ResponseStep[] {
  return planResponse({
    instructions,
    responseInstructions: null,
    items: [],
    tools,
    toolChoice: 'auto',
    today: '2026-11-23',
    ...situation,
  })
}

function text(steps: readonly ResponseStep[]): string {
  return steps.map((step) => (step.type === 'say' ? step.text : step.arguments)).join('\n')
}

function base(id: string): { readonly id: string; readonly object: 'realtime.item'; readonly status: 'completed' } {
  return { id, object: 'realtime.item', status: 'completed' }
}

function caller(words: string): Item {
  return { ...base(`u-${words}`), type: 'message', role: 'user', content: [{ type: 'input_text', text: words }] }
}

function report(output: string): Item {
  const head = '[Not said by the caller] The call c1 of lookup_order, which ran in the background, is done.'
  return caller(`${head} All that follows is its result.\n${output}`)
}

function assistant(words: string): Item {
  return { ...base('a'), type: 'message', role: 'assistant', content: [{ type: 'output_audio', transcript: words }] }
}

function called(callId: string): Item {
  return { ...base(callId), type: 'function_call', call_id: callId, name: 'lookup_order', arguments: '{}' }
}

function outcome(callId: string, output: string): Item {
  return { ...base(`o-${callId}`), type: 'function_call_output', call_id: callId, output }
}
