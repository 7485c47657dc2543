import { expect, test } from 'vitest'
import { columnsOf } from '../../src/agent/columns.ts'
import { type FrameOptions, renderDiagnostic, renderFrame } from '../../src/agent/findings/code-frame.ts'
import { positionsIn } from '../../src/agent/reading/positions.ts'
import { load } from '../helpers/agent-files.ts'

const good = 'version: 1\nname: desk\ninstructions: Be brief.\n'

test.each([
  ['Latin', 'greeting: "abc"', '"abc"'],
  ['wide writing before it', '"こんにちは": 名前', '名前'],
  ['an emoji of several characters', 'x: "👩‍👩‍👧 a"', 'a'],
  ['an accent that is a character of its own', 'x: "e\u0301e\u0301" # é', '#'],
  ['a flag', 'x: "🇩🇪" # y', 'y'],
  ['a tab before it', 'x:\t[1]', '[1]'],
])('the mark stands under its place: %s', (_, line, marked) => {
  const [row = '', mark = ''] = frameOf(line, marked).slice(-2)
  expect(columnsOf(mark.slice(0, mark.indexOf('^')))).toBe(columnsOf(row.slice(0, row.lastIndexOf(marked))))
  expect(mark.length - mark.indexOf('^')).toBe(columnsOf(marked))
})

test('of a long line the part round the place is shown, within the columns there are', () => {
  const line = `{ "a": "${'x'.repeat(50_000)}", "here": 1, "b": "${'y'.repeat(50_000)}" }`
  for (const width of [undefined, 40, 80, 200]) {
    const rows = frameOf(line, '"here"', width === undefined ? {} : { width })
    const [row = '', mark = ''] = rows.slice(-2)
    expect(row.slice(mark.indexOf('^'), mark.lastIndexOf('^') + 1)).toBe('"here"')
    expect(Math.max(...rows.map(columnsOf))).toBeLessThanOrEqual(Math.min(width ?? 124, 124))
  }
  expect(frameOf(line, '"here"', { ascii: true }).join('\n')).toMatch(/^[ -~\n]*$/)
})

test('a line of wide writing is cut where it ends, not in the middle of what follows', () => {
  for (const row of frameOf('字'.repeat(300), '字字', { width: 41 })) expect(columnsOf(row)).toBeLessThanOrEqual(41)
})

test('in a narrow terminal sentences are wrapped behind their beginning; without one they stay on a line', () => {
  const [diagnostic] = load({ 'agents/desk.yaml': `${good}vioce: x\n` }).diagnostics
  if (diagnostic === undefined) throw new Error('the file has a fault')
  const rows = renderDiagnostic(diagnostic, `${good}vioce: x\n`, { width: 50 }).split('\n')
  expect(Math.max(...rows.map(columnsOf))).toBeLessThanOrEqual(50)
  const help = rows.findIndex((row) => row.startsWith('  = '))
  expect(rows.slice(help + 1).every((row) => row.startsWith('    '))).toBe(true)
  expect(renderDiagnostic(diagnostic, `${good}vioce: x\n`).split('\n')).toHaveLength(7)
})

test('nothing in a name, a message or a line steers the terminal or turns its writing round', () => {
  const [diagnostic] = load({ 'agents/desk.yaml': `${good}"\\e[31mred\\n\\u202e": x\n` }).diagnostics
  if (diagnostic === undefined) throw new Error('the file has a fault')
  const text = renderDiagnostic({ ...diagnostic, file: 'a\u001b[2J\nb.yaml' }, `${good}"\u202e\u009b31m": x\n`)
  expect(text).not.toMatch(/(?!\n)\p{Cc}|\u202e/u)
  expect(text.split('\n')).toHaveLength(7)
})

test('a file of which nothing could be read has no lines to show', () => {
  expect(renderFrame(placeIn('', ''), '')).toEqual(['  ┌─ a.yaml:1:1'])
})

function frameOf(line: string, marked: string, options: FrameOptions = {}): readonly string[] {
  return renderFrame(placeIn(line, marked), line, options)
}

/** Where a text stands last in a line. */
function placeIn(line: string, marked: string) {
  const positions = positionsIn(line)
  const start = line.lastIndexOf(marked)
  return { file: 'a.yaml', start: positions(start), end: positions(start + marked.length) }
}
