import { describe, expect, test, vi } from 'vitest'
import { TEXT_MAX } from '../../src/page/protocol.ts'
import { openTestTerminal } from './open-test-terminal.ts'

const answer = 'Your order A-1042 left our warehouse on Monday and is with the carrier now.'

describe('a typed line', () => {
  test('stays whole while the agent speaks', async () => {
    const { screen, keys, words } = openTestTerminal()
    await keys.type('where is ')
    words(answer)
    await keys.type('it')
    expect(screen.shown.at(-1)).toBe('  you    > where is it')
    expect(screen.x).toBe('  you    > where is it'.length)
  })

  test('becomes a turn on Enter, and cuts off the agent', async () => {
    const { screen, keys, events, words } = openTestTerminal()
    words('Your order left ')
    await keys.type('  wait, no \r')
    expect(events).toEqual([{ type: 'caller.text', text: 'wait, no' }])
    expect(screen.shown).toEqual(['  agent  Your order left —', '  you    wait, no', '  you    >'])
  })

  test('is shown once, whether its report comes at once or later', async () => {
    let report = (_text: string) => {}
    const atOnce = openTestTerminal({ onEmit: (event) => event.type === 'caller.text' && report(event.text) })
    report = (text) => {
      atOnce.terminal.note('caller', text)
      atOnce.terminal.note('tool', 'look_up {}')
    }
    atOnce.words('Hello there')
    await atOnce.keys.type('hi\r')
    expect(atOnce.screen.shown).toEqual(['  agent  Hello there —', '  you    hi', '  tool   look_up {}', '  you    >'])

    const later = openTestTerminal()
    await later.keys.type('hi\r')
    later.terminal.note('caller', 'hi')
    later.terminal.note('caller', 'hi')
    expect(later.screen.shown).toEqual(['  you    hi', '  you    hi', '  you    >'])
  })

  test('scrolls in its row if it is wider', async () => {
    const { screen, keys } = openTestTerminal({ columns: 20 })
    await keys.type('0123456789abcdefghijklmnop')
    expect(screen.shown).toEqual(['> abcdefghijklmnop'])
    await keys.type('\u0001')
    expect(screen.shown).toEqual(['> 0123456789abcdefg'])
    expect(screen.x).toBe(2)
  })

  test('is edited and recalled with the usual keys', async () => {
    const { screen, keys, events } = openTestTerminal()
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

  test('is recalled once if sent twice, among the last hundred', async () => {
    const { screen, keys } = openTestTerminal()
    await keys.type('first\r')
    for (let number = 1; number <= 99; number += 1) await keys.type(`${number}\r`)
    await keys.type(`last\rlast\r${'\u001b[A'.repeat(2)}`)
    expect(screen.shown.at(-1)).toBe('  you    > 99')
    await keys.type('\u001b[A'.repeat(200))
    expect(screen.shown.at(-1)).toBe('  you    > 1')
  })

  test('stays one turn if pasted', async () => {
    const { keys, events } = openTestTerminal()
    await keys.type('\u001b[200~first line\rsecond line\r\u001b[201~')
    await keys.type('\r')
    expect(events).toEqual([{ type: 'caller.text', text: 'first line second line' }])
  })

  test('is drawn once if pasted, however long', async () => {
    const { screen, keys, events } = openTestTerminal()
    const draws = () => screen.raw.split('\u001b[J').length
    const before = draws()
    const text = '日本語のテキスト'.repeat(500)
    await keys.type(`\u001b[200~${text}\u001b[201~`)
    expect(draws() - before).toBeLessThanOrEqual(2)
    await keys.type('\r')
    expect(events).toEqual([{ type: 'caller.text', text }])
  })

  test('is never interpreted as keys if pasted', async () => {
    const { keys, events, quits } = openTestTerminal()
    await keys.type('\u001b[200~\u0004one\u0003 two\u0015 \u001b[Athree\u001b[201~\r')
    expect(quits()).toBe(0)
    expect(events).toEqual([{ type: 'caller.text', text: 'one two three' }])
  })

  test('is kept below the recalled lines while being edited', async () => {
    const { screen, keys } = openTestTerminal()
    await keys.type('one\rtwo\rhalf a\u0002')
    await keys.type('\u001b[A\u0010')
    expect(screen.shown.at(-1)).toBe('  you    > one')
    await keys.type('\u001b[B\u000e\u001b[B')
    expect(screen.shown.at(-1)).toBe('  you    > half a')
    expect(screen.x).toBe('  you    > half '.length)
  })

  test('warns that its end is missing if the pasted text is too long', async () => {
    const { keys, events, screen } = openTestTerminal({ columns: 100 })
    await keys.type(
      `\u001b[200~${'a'.repeat(TEXT_MAX + 1)}\u001b[201~\u0015\u001b[200~${'b'.repeat(20_000)}\u001b[201~\r`,
    )
    expect(screen.shown[0]).toBe(
      `  warn   a line holds ${TEXT_MAX} characters; what was pasted behind them is not in it`,
    )
    expect(events).toEqual([{ type: 'caller.text', text: 'b'.repeat(20_000) }])
    expect(screen.shown.filter((row) => row.startsWith('  warn'))).toHaveLength(1)
  })

  test.each([
    ['a character of two units', `${'a'.repeat(TEXT_MAX - 1)}😀`, 'a'.repeat(TEXT_MAX - 1)],
    ['what follows one', `${'a'.repeat(TEXT_MAX - 1)}😀b`, 'a'.repeat(TEXT_MAX - 1)],
  ])('ends before %s if that does not fit, with a warning', async (_, pasted, text) => {
    const { keys, events, screen } = openTestTerminal({ columns: 100 })
    await keys.type(`\u001b[200~${pasted}\u001b[201~\r`)
    expect(events).toEqual([{ type: 'caller.text', text }])
    expect(screen.shown[0]).toMatch(/^ {2}warn/)
  })

  test('counts the text after the cursor towards its limit', async () => {
    const { keys, events } = openTestTerminal()
    await keys.type(`\u001b[200~${'a'.repeat(TEXT_MAX)}\u001b[201~\u0001b\r`)
    expect(events).toEqual([{ type: 'caller.text', text: 'a'.repeat(TEXT_MAX) }])
  })

  test('is complete and gives no warning if the pasted text just fits', async () => {
    const { keys, events, screen } = openTestTerminal()
    const text = `${'a'.repeat(TEXT_MAX - 2)}😀`
    await keys.type(`\u001b[200~${text}\u001b[201~\r`)
    expect(events).toEqual([{ type: 'caller.text', text }])
    expect(screen.shown.filter((row) => row.startsWith('  warn'))).toEqual([])
  })

  test("is all that Ctrl-L leaves on the screen, with the agent's current row", async () => {
    const { screen, keys, terminal, words } = openTestTerminal()
    terminal.note('info', 'begun')
    words(answer)
    await keys.type('half')
    screen.write('a line of another program\r\n')
    await keys.type('\u000c')
    expect(screen.shown).toEqual(['         is with the carrier now.', '  you    > half'])
    words(' It is late.')
    expect(screen.shown).toEqual(['         is with the carrier now. It is late.', '  you    > half'])
  })

  test('is not sent if it is empty', async () => {
    const { keys, events, screen } = openTestTerminal()
    await keys.type('   \r\r')
    expect(events).toEqual([])
    expect(screen.shown).toEqual(['  you    >'])
  })
})

test('Esc silences the agent and adds nothing to the typed line', async () => {
  const { keys, events, screen } = openTestTerminal()
  await keys.type('one \u001b[D')
  await keys.type('\u001b')
  await vi.waitFor(() => expect(events).toEqual([{ type: 'caller.interrupted' }]))
  await keys.type('b')
  expect(screen.shown).toEqual(['  you    > oneb'])
})

describe('commands', () => {
  test('/pause and /resume stop and start the sound', async () => {
    const { keys, events, screen } = openTestTerminal()
    await keys.type('/pause\r/hold\r/resume\r')
    expect(events).toEqual([{ type: 'caller.paused' }, { type: 'caller.held' }, { type: 'caller.resumed' }])
    expect(screen.shown).toHaveLength(4)
  })

  test('/help lists all commands', async () => {
    const { keys, screen } = openTestTerminal()
    await keys.type('/help\r')
    expect(screen.shown.slice(0, -1).map((row) => row.trim().split(' ')[0])).toEqual([
      '/pause',
      '/hold',
      '/resume',
      '/help',
      '/quit',
      'Esc',
    ])
  })

  test('an unknown command is answered with the known ones', async () => {
    const { keys, events, screen } = openTestTerminal({ columns: 80 })
    await keys.type('/puase\r')
    expect(screen.shown[0]).toBe('  warn   /puase is not a command; there are /pause /hold /resume /help /quit')
    expect(events).toEqual([])
  })

  test('a path is a turn, not a command', async () => {
    const { keys, events } = openTestTerminal()
    await keys.type('/etc/hosts is gone\r')
    expect(events).toEqual([{ type: 'caller.text', text: '/etc/hosts is gone' }])
  })

  test.each([
    ['/quit', '/quit\r'],
    ['Ctrl-C', '\u0003'],
    ['Ctrl-C on a half-typed line', 'half\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('%s quits', async (_, typed) => {
    const { keys, quits } = openTestTerminal()
    await keys.type(typed)
    expect(quits()).toBe(1)
  })

  test('Ctrl-D on a half-typed line deletes a character', async () => {
    const { keys, quits, screen } = openTestTerminal()
    await keys.type('half\u0001\u0004')
    expect(quits()).toBe(0)
    expect(screen.shown).toEqual(['  you    > alf'])
  })
})
