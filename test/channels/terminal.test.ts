import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { CallerEvent } from '../../src/channels/caller-event.ts'
import { openTerminal } from '../../src/channels/terminal.ts'
import { Keys, Screen } from './screen.ts'

const answer = 'Your order A-1042 left our warehouse on Monday and is with the carrier now.'

function opened(
  options: { columns?: number; env?: Record<string, string>; onEmit?: (event: CallerEvent) => void } = {},
) {
  const screen = new Screen(options.columns ?? 60)
  const keys = new Keys()
  const events: CallerEvent[] = []
  let quits = 0
  const terminal = openTerminal({
    input: keys,
    output: screen,
    env: options.env ?? { NO_COLOR: '1' },
    emit: (event) => {
      events.push(event)
      options.onEmit?.(event)
    },
    onQuit: () => {
      quits += 1
    },
  })
  const words = (text: string) => {
    for (const word of text.split(/(?<= )/)) terminal.agentSaid(word)
  }
  return { screen, keys, events, terminal, words, quits: () => quits }
}

describe('the words of the agent', () => {
  test('stream in above the prompt, broken at spaces', () => {
    const { screen, terminal, words } = opened()
    words(answer)
    expect(screen.shown).toEqual([
      '  agent  Your order A-1042 left our warehouse on Monday and',
      '         is with the carrier now.',
      '  you    >',
    ])
    terminal.agentEnded(false)
    words('Anything else?')
    expect(screen.shown.slice(1)).toEqual([
      '         is with the carrier now.',
      '  agent  Anything else?',
      '  you    >',
    ])
  })

  test('cut off, they end in a dash, once', () => {
    const { screen, terminal, words } = opened()
    words('Your order left ')
    terminal.agentEnded(true)
    terminal.agentEnded(true)
    expect(screen.shown).toEqual(['  agent  Your order left —', '  you    >'])
  })

  test('lines of the text are rows, empty ones are left out', () => {
    const { screen, words } = opened()
    words('\n\nOne.\n\nTwo.\n')
    expect(screen.shown).toEqual(['  agent  One.', '         Two.', '  you    >'])
  })

  test('a word longer than the row is broken anywhere', () => {
    const { screen, words } = opened({ columns: 20 })
    words('abcdefghijklmnopqrstuvwxyz')
    expect(screen.shown).toEqual(['agent abcdefghijklm', '  nopqrstuvwxyz', '>'])
  })

  test('escape sequences and what turns the direction of writing are taken out', () => {
    const { screen, terminal } = opened()
    terminal.agentSaid('a\u001b[2Jb\u0007c\u202ed\u001b]0;title\u0007e\r')
    terminal.note('tool', 'x\u001b[31my\u009b2Jz')
    expect(screen.shown).toEqual(['  agent  abcde', '  tool   xyz', '  you    >'])
    expect(screen.raw.replace(/\u001b\[(\?2004[hl]|\d*[ACJ])/g, '')).not.toMatch(/[\u001b\u0007\u202e\u009b]/)
  })
})

describe('a line of its own', () => {
  test('comes between whole words; the word under way goes on below', () => {
    const { screen, terminal } = opened()
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

  test('may be several: a code frame keeps its shape', () => {
    const { screen, terminal } = opened()
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

  test.each(['reload', 'warning', 'info', 'caller'] as const)('%s has its gutter', (kind) => {
    const { screen, terminal } = opened()
    terminal.note(kind, 'text')
    const labels = { reload: 'reload', warning: 'warn  ', info: '      ', caller: 'you   ' }
    expect(screen.shown[0]).toBe(`  ${labels[kind]} text`)
  })
})

describe('what one types', () => {
  test('stays whole while the agent speaks', async () => {
    const { screen, keys, words } = opened()
    await keys.type('where is ')
    words(answer)
    await keys.type('it')
    expect(screen.shown.at(-1)).toBe('  you    > where is it')
    expect(screen.x).toBe('  you    > where is it'.length)
  })

  test('is a turn on Enter, and cuts off what is being said', async () => {
    const { screen, keys, events, words } = opened()
    words('Your order left ')
    await keys.type('  wait, no \r')
    expect(events).toEqual([{ type: 'caller.text', text: 'wait, no' }])
    expect(screen.shown).toEqual(['  agent  Your order left —', '  you    wait, no', '  you    >'])
  })

  test('is shown once, whether its report comes at once or later', async () => {
    let report = (_text: string) => {}
    const atOnce = opened({ onEmit: (event) => event.type === 'caller.text' && report(event.text) })
    report = (text) => {
      atOnce.terminal.agentEnded(true)
      atOnce.terminal.note('caller', text)
      atOnce.terminal.note('tool', 'look_up {}')
    }
    atOnce.words('Hello there')
    await atOnce.keys.type('hi\r')
    expect(atOnce.screen.shown).toEqual(['  agent  Hello there —', '  you    hi', '  tool   look_up {}', '  you    >'])

    const later = opened()
    await later.keys.type('hi\r')
    later.terminal.note('caller', 'hi')
    later.terminal.note('caller', 'hi')
    expect(later.screen.shown).toEqual(['  you    hi', '  you    hi', '  you    >'])
  })

  test('scrolls in its row when it is longer', async () => {
    const { screen, keys } = opened({ columns: 20 })
    await keys.type('0123456789abcdefghijklmnop')
    expect(screen.shown).toEqual(['> abcdefghijklmnop'])
    await keys.type('\u0001')
    expect(screen.shown).toEqual(['> 0123456789abcdefg'])
    expect(screen.x).toBe(2)
  })

  test('is edited and found again with the usual keys', async () => {
    const { screen, keys, events } = opened()
    await keys.type('one twp three')
    await keys.type('\u001b[D'.repeat(6))
    await keys.type('\u007fo\r')
    await keys.type('\u001b[A')
    expect(screen.shown.at(-1)).toBe('  you    > one two three')
    await keys.type('\u0017\u0017\r')
    expect(events).toEqual([
      { type: 'caller.text', text: 'one two three' },
      { type: 'caller.text', text: 'one' },
    ])
  })

  test('pasted, stays one turn', async () => {
    const { keys, events } = opened()
    await keys.type('\u001b[200~first line\rsecond line\r\u001b[201~')
    await keys.type('\r')
    expect(events).toEqual([{ type: 'caller.text', text: 'first line second line' }])
  })

  test('is not sent when there is nothing in it', async () => {
    const { keys, events, screen } = opened()
    await keys.type('   \r\r')
    expect(events).toEqual([])
    expect(screen.shown).toEqual(['  you    >'])
  })
})

describe('commands', () => {
  test('stop and start the sound', async () => {
    const { keys, events, screen } = opened()
    await keys.type('/pause\r/hold\r/resume\r')
    expect(events).toEqual([{ type: 'caller.paused' }, { type: 'caller.held' }, { type: 'caller.resumed' }])
    expect(screen.shown).toHaveLength(4)
  })

  test('/help names them all', async () => {
    const { keys, screen } = opened()
    await keys.type('/help\r')
    expect(screen.shown.slice(0, -1).map((row) => row.trim().split(' ')[0])).toEqual([
      '/pause',
      '/hold',
      '/resume',
      '/help',
      '/quit',
    ])
  })

  test('an unknown one is answered with those that there are', async () => {
    const { keys, events, screen } = opened({ columns: 80 })
    await keys.type('/puase\r')
    expect(screen.shown[0]).toBe('  warn   /puase is not a command; there are /pause /hold /resume /help /quit')
    expect(events).toEqual([])
  })

  test('a path is a turn', async () => {
    const { keys, events } = opened()
    await keys.type('/etc/hosts is gone\r')
    expect(events).toEqual([{ type: 'caller.text', text: '/etc/hosts is gone' }])
  })

  test.each([
    ['/quit', '/quit\r'],
    ['Ctrl-C', '\u0003'],
    ['Ctrl-C on a line under way', 'half\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('%s ends it', async (_, typed) => {
    const { keys, quits } = opened()
    await keys.type(typed)
    expect(quits()).toBe(1)
  })

  test('Ctrl-D on a line under way deletes', async () => {
    const { keys, quits, screen } = opened()
    await keys.type('half\u0001\u0004')
    expect(quits()).toBe(0)
    expect(screen.shown).toEqual(['  you    > alf'])
  })
})

describe('the terminal itself', () => {
  test('a narrow one has a narrow gutter and no broken rows', () => {
    const { screen, terminal, words } = opened({ columns: 20 })
    words('Hi, this is Nora. How can I help?')
    terminal.agentEnded(false)
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

  test('made narrower, the row under way is broken anew and nothing of it is left behind', async () => {
    const { screen, keys, words } = opened({ columns: 80 })
    await keys.type('typed words')
    words('Your order A-1042 left our warehouse on Monday')
    reflow(screen, 30)
    screen.emit('resize')
    expect(screen.shown).toEqual(['agent Your order A-1042 left', '  our warehouse on Monday', '> typed words'])
  })

  test('made wider, it goes on in the new width', () => {
    const { screen, words } = opened({ columns: 30 })
    words('Your order A-1042 left our ')
    screen.columns = 60
    screen.emit('resize')
    words('warehouse on Monday')
    expect(screen.shown.at(-1)).toBe('  you    >')
    expect(screen.shown.join('\n')).toContain('our warehouse on Monday')
  })

  test('colours what is whose, unless NO_COLOR is set', () => {
    for (const [env, coloured] of [
      [{}, true],
      [{ NO_COLOR: '1' }, false],
    ] as const) {
      const { screen, words } = opened({ env })
      words('Hi')
      expect(screen.raw.includes('\u001b[36magent')).toBe(coloured)
      expect(screen.shown[0]).toBe('  agent  Hi')
    }
  })

  test('closing it finishes the row, wipes the prompt and gives the keys back', async () => {
    const { screen, keys, terminal, words } = opened()
    expect(keys.isRaw).toBe(true)
    words('Good')
    await keys.type('half a line')
    terminal.close()
    terminal.close()
    expect(screen.shown).toEqual(['  agent  Good', ''])
    expect(screen.raw.endsWith('\u001b[?2004l')).toBe(true)
    expect(keys.isRaw).toBe(false)
  })

  test('one that is gone ends it', async () => {
    const { screen, terminal, quits } = opened()
    screen.destroy(new Error('EIO'))
    await new Promise((resolve) => screen.once('close', resolve))
    terminal.note('info', 'nobody reads this')
    expect(quits()).toBeGreaterThan(0)
    terminal.close()
  })
})

test('a dumb terminal gets lines, no cursor movement, and its lines are turns', async () => {
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
