import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { CallerEvent } from '../../src/channels/caller-event.ts'
import { openTerminal } from '../../src/channels/terminal.ts'
import { openTestTerminal } from './open-test-terminal.ts'
import { Screen } from './screen.ts'

const answer = 'Your order A-1042 left our warehouse on Monday and is with the carrier now.'

describe("the agent's words", () => {
  test('stream in above the prompt, broken at spaces', () => {
    const { screen, terminal, words } = openTestTerminal()
    words(answer)
    expect(screen.shown).toEqual([
      '  agent  Your order A-1042 left our warehouse on Monday and',
      '         is with the carrier now.',
      '  you    >',
    ])
    terminal.agentEnded()
    words('Anything else?')
    expect(screen.shown.slice(1)).toEqual([
      '         is with the carrier now.',
      '  agent  Anything else?',
      '  you    >',
    ])
  })

  test('keep an emoji whole that arrives in halves', () => {
    const { screen, terminal } = openTestTerminal()
    for (const half of '👍'.split('')) terminal.agentSaid(half)
    expect(screen.shown).toEqual(['  agent  👍', '  you    >'])
  })

  test('end in one dash when interrupted', () => {
    const { screen, terminal, words } = openTestTerminal()
    words('Your order left ')
    terminal.agentCutOff()
    terminal.agentCutOff()
    expect(screen.shown).toEqual(['  agent  Your order left —', '  you    >'])
  })

  test('start a new row at each line break, and skip empty lines', () => {
    const { screen, words } = openTestTerminal()
    words('\n\nOne.\n\nTwo.\n')
    expect(screen.shown).toEqual(['  agent  One.', '         Two.', '  you    >'])
  })

  test('break a word that is longer than the row', () => {
    const { screen, words } = openTestTerminal({ columns: 20 })
    words('abcdefghijklmnopqrstuvwxyz')
    expect(screen.shown).toEqual(['agent abcdefghijklm', '  nopqrstuvwxyz', '>'])
  })

  test('are stripped of escape sequences and direction changes', () => {
    const { screen, terminal } = openTestTerminal()
    terminal.agentSaid('\u0007a\u001b[2Jbc\u202ed\u001b]0;title\u0007e\r')
    terminal.note('tool', 'x\u001b[31my\u009b2Jz')
    expect(screen.shown).toEqual(['  agent  abcde', '  tool   xyz', '  you    >'])
    expect(screen.raw.replace(/\u001b(\[(\?2004[hl]|\d*[AJ])|[78])/g, '')).not.toMatch(/[\u001b\u0007\u202e\u009b]/)
  })
})

describe('a note', () => {
  test('is shown between whole words; an unfinished word continues below', () => {
    const { screen, terminal } = openTestTerminal()
    terminal.agentSaid('Let me look that u')
    terminal.note('tool', 'lookup_order {"order":"A-1042"}')
    terminal.agentSaid('p for you.')
    expect(screen.shown).toEqual([
      '  agent  Let me look that',
      '  tool   lookup_order {"order":"A-1042"}',
      '  agent  up for you.',
      '  you    >',
    ])
  })

  test('may span several lines: a code frame keeps its shape', () => {
    const { screen, terminal } = openTestTerminal()
    terminal.note(
      'error',
      'a.yaml:5:10 no such value\n  4 | voice: Sarah\n> 5 |   eagerness: hgih\n    |              ^^^^\n',
    )
    expect(screen.shown).toEqual([
      '  error  a.yaml:5:10 no such value',
      '           4 | voice: Sarah',
      '         > 5 |   eagerness: hgih',
      '             |              ^^^^',
      '  you    >',
    ])
  })

  test.each(['reload', 'warning', 'info', 'caller'] as const)('of kind %s has its own label', (kind) => {
    const { screen, terminal } = openTestTerminal()
    terminal.note(kind, 'text')
    const labels = { reload: 'reload', warning: 'warn  ', info: '      ', caller: 'you   ' }
    expect(screen.shown[0]).toBe(`  ${labels[kind]} text`)
  })
})

describe('the terminal', () => {
  test('has a narrow gutter and no wrapped rows if it is narrow', () => {
    const { screen, terminal, words } = openTestTerminal({ columns: 20 })
    words('Hi, this is Nora. How can I help?')
    terminal.agentEnded()
    terminal.note('tool', 'lookup_order {"order":"A-1042"}')
    terminal.note('info', 'offline: no key is set')
    expect(screen.shown).toEqual([
      'agent Hi, this is',
      '  Nora. How can I',
      '  help?',
      'tool lookup_order',
      '  {"order":"A-1042"',
      '  }',
      '  offline: no key',
      '  is set',
      '>',
    ])
  })

  test('is assumed to have 80 columns if it reports none', () => {
    const { screen, words } = openTestTerminal({ columns: 0 })
    words(answer)
    expect(screen.shown).toEqual([
      '  agent  Your order A-1042 left our warehouse on Monday and is with the carrier',
      '         now.',
      '  you    >',
    ])
  })

  test('wraps no row and places the cursor right even if it draws a family emoji as four', async () => {
    const { screen, keys, words } = openTestTerminal({ columns: 20 })
    await keys.type('a👍🏽b\u0002')
    words('👨‍👩‍👧‍👦 👨‍👩‍👧‍👦 👨‍👩‍👧‍👦 all of them')
    expect(screen.shown).toEqual(['agent 👨‍👩‍👧‍👦', '  👨‍👩‍👧‍👦 👨‍👩‍👧‍👦', '  all of them', '> a👍🏽b'])
    expect(screen.x).toBe([...'> a👍🏽'].length)
  })

  test('rewraps the unfinished row without leftovers when made narrower', async () => {
    const { screen, keys, words } = openTestTerminal({ columns: 80 })
    await keys.type('typed words')
    words('Your order A-1042 left our warehouse on Monday')
    reflow(screen, 30)
    screen.emit('resize')
    expect(screen.shown).toEqual(['agent Your order A-1042 left', '  our warehouse on Monday', '> typed words'])
  })

  test('uses the new width when made wider', () => {
    const { screen, words } = openTestTerminal({ columns: 30 })
    words('Your order A-1042 left our ')
    screen.columns = 60
    screen.emit('resize')
    words('warehouse on Monday')
    expect(screen.shown.at(-1)).toBe('  you    >')
    expect(screen.shown.join('\n')).toContain('our warehouse on Monday')
  })

  test('colours the labels, unless NO_COLOR is set', () => {
    for (const [env, coloured] of [
      [{}, true],
      [{ NO_COLOR: '1' }, false],
    ] as const) {
      const { screen, words } = openTestTerminal({ env })
      words('Hi')
      expect(screen.raw.includes('\u001b[36magent')).toBe(coloured)
      expect(screen.shown[0]).toBe('  agent  Hi')
    }
  })

  test('finishes the row, erases the prompt and leaves raw mode when closed', async () => {
    const { screen, keys, terminal, words } = openTestTerminal()
    expect(keys.isRaw).toBe(true)
    words('Good')
    await keys.type('half a line')
    terminal.close()
    terminal.close()
    expect(screen.shown).toEqual(['  agent  Good', ''])
    expect(screen.raw.endsWith('\u001b[?2004l')).toBe(true)
    expect(keys.isRaw).toBe(false)
  })

  test('quits when the terminal is gone', async () => {
    const { screen, terminal, quits } = openTestTerminal()
    screen.destroy(new Error('EIO'))
    await new Promise((resolve) => screen.once('close', resolve))
    terminal.note('info', 'nobody reads this')
    expect(quits()).toBeGreaterThan(0)
    terminal.close()
  })
})

test('a dumb terminal gets lines without cursor movement, and its lines are turns', async () => {
  const input = new PassThrough()
  const screen = new Screen(80)
  const events: CallerEvent[] = []
  const isOver = Promise.withResolvers<void>()
  const env = { TERM: 'dumb' }
  const terminal = openTerminal({
    input,
    output: screen,
    emit: (event) => events.push(event),
    onQuit: isOver.resolve,
    env,
  })
  terminal.agentSaid('Hello ')
  terminal.agentSaid('there')
  input.end('where is it?\n/pause\n/nope\n')
  await isOver.promise
  terminal.note('caller', 'where is it?')
  terminal.close()
  expect(events).toEqual([{ type: 'caller.text', text: 'where is it?' }, { type: 'caller.paused' }])
  expect(screen.raw.split('\n').slice(0, 3)).toEqual([
    'agent  Hello there —',
    '       your sound is stopped; /resume: start it again',
    'warn   /nope is not a command; there are /pause /hold /resume /help /quit',
  ])
  expect(screen.raw).not.toContain('\u001b')
  expect(screen.raw).not.toContain('where is it?')
})

test('in a dumb terminal, a turn reported at once cuts off the agent and is not shown again', async () => {
  const input = new PassThrough()
  const screen = new Screen(80)
  const isOver = Promise.withResolvers<void>()
  const terminal = openTerminal({
    input,
    output: screen,
    emit: (event) => event.type === 'caller.text' && terminal.note('caller', event.text),
    onQuit: isOver.resolve,
    env: { TERM: 'dumb' },
  })
  terminal.agentSaid('Hello there')
  input.end('where is it?\n')
  await isOver.promise
  terminal.close()
  expect(screen.raw).toBe('agent  Hello there —\n')
})

test('a dumb terminal that is gone ends the conversation', async () => {
  const input = new PassThrough()
  const { promise: quit, resolve: onQuit } = Promise.withResolvers<void>()
  openTerminal({ input, output: new Screen(80), emit: () => {}, onQuit, env: { TERM: 'dumb' } })
  input.destroy(new Error('read EIO'))
  await quit
})

/** Does what terminals do when they become narrower: rows that are too wide go on in the next one. */
function reflow(screen: Screen, columns: number): void {
  const before = screen.rows.slice(0, screen.y)
  const prompt = screen.rows[screen.y] ?? []
  const cut = (row: string[]) =>
    Array.from({ length: Math.max(1, Math.ceil(row.length / columns)) }, (_, index) =>
      row.slice(index * columns, (index + 1) * columns),
    )
  const above = before.flatMap(cut)
  screen.rows = [...above, ...cut(prompt)]
  screen.y = above.length + Math.floor(screen.x / columns)
  screen.x %= columns
  screen.columns = columns
}
