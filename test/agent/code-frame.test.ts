import { expect, test } from 'vitest'
import { columnsOf } from '../../src/agent/columns.ts'
import { type FrameOptions, renderDiagnostic, renderFrame } from '../../src/agent/findings/code-frame.ts'
import { positionFinder } from '../../src/agent/reading/positions.ts'
import { load } from '../helpers/agent-files.ts'

const good = 'version: 1\nname: desk\ninstructions: Be brief.\n'

test.each([
  ['Latin', 'greeting: "abc"', '"abc"'],
  ['wide writing before it', '"こんにちは": 名前', '名前'],
  ['an emoji of several characters', 'x: "👩‍👩‍👧 a"', 'a'],
  ['an accent that is a character of its own', 'x: "e\u0301e\u0301" # é', '#'],
  ['a flag', 'x: "🇩🇪" # y', 'y'],
  ['a tab before it', 'x:\t[1]', '[1]'],
])('the carets stand under the marked text: %s', (_, line, marked) => {
  const [row = '', mark = ''] = frameOf(line, marked).slice(-2)
  expect(columnsOf(mark.slice(0, mark.indexOf('^')))).toBe(columnsOf(row.slice(0, row.lastIndexOf(marked))))
  expect(mark.length - mark.indexOf('^')).toBe(columnsOf(marked))
})

test('a long line is cut to the part around the mark, within the given width', () => {
  const line = `{ "a": "${'x'.repeat(50_000)}", "here": 1, "b": "${'y'.repeat(50_000)}" }`
  for (const width of [undefined, 40, 80, 200]) {
    const rows = frameOf(line, '"here"', width === undefined ? {} : { width })
    const [row = '', mark = ''] = rows.slice(-2)
    expect(row.slice(mark.indexOf('^'), mark.lastIndexOf('^') + 1)).toBe('"here"')
    expect(Math.max(...rows.map(columnsOf))).toBeLessThanOrEqual(Math.min(width ?? 124, 124))
  }
  expect(frameOf(line, '"here"', { ascii: true }).join('\n')).toMatch(/^[ -~\n]*$/)
})

test.each([
  ['in its last columns', 40, 'x'.repeat(100), '"here" }', /^1 │ …x+ "here" \}$/],
  ['in its first half, where the end is cut', 40, '{', '"here"', /^1 │ \{ "here" y+…$/],
  ['at its end, where the whole line fits', 40, 'x'.repeat(28), '"here"', /^1 │ x{28} "here"$/],
  ['at its end, where the whole line just fits', 40, 'x'.repeat(29), '"here"', /^1 │ x{29} "here"$/],
  ['at its end, where it is too long by one', 40, 'x'.repeat(30), '"here"', /^1 │ …x+ "here"$/],
])('a line is cut on no more sides than it has to be: marked %s', (_, width, before, marked, row) => {
  const line = `${before} ${marked}${before === '{' ? ` ${'y'.repeat(50)}` : ''}`
  const [shown = '', mark = ''] = frameOf(line, marked, { width }).slice(-2)
  expect(shown).toMatch(row)
  expect(columnsOf(shown)).toBeLessThanOrEqual(width)
  expect(shown.slice(mark.indexOf('^'), mark.lastIndexOf('^') + 1)).toBe(marked)
})

test('the two lines before are shown with their numbers, and a mark of several lines reaches to the end of the first', () => {
  const source = ['a: 1', 'b: 2', 'c: 3\r', 'd: [', '  5]', ''].join('\n')
  const positions = positionFinder(source)
  const place = { file: 'a.yaml', start: positions(source.indexOf('[')), end: positions(source.indexOf(']') + 1) }
  expect(renderFrame(place, source, { paint: (style, text) => (style === 'error' ? `<${text}>` : text) })).toEqual([
    '  ┌─ a.yaml:4:4',
    '2 │ b: 2',
    '3 │ c: 3',
    '4 │ d: [',
    '  │    <^>',
  ])
})

test('a line of wide characters is cut within the given width', () => {
  for (const row of frameOf('字'.repeat(300), '字字', { width: 41 })) expect(columnsOf(row)).toBeLessThanOrEqual(41)
})

test('sentences are wrapped and indented to a given width, and stay on one line without one', () => {
  const [diagnostic] = load({ 'agents/desk.yaml': `${good}vioce: x\n` }).diagnostics
  if (diagnostic === undefined) throw new Error('the file has a fault')
  const rows = renderDiagnostic(diagnostic, `${good}vioce: x\n`, { width: 50 }).split('\n')
  expect(Math.max(...rows.map(columnsOf))).toBeLessThanOrEqual(50)
  const help = rows.findIndex((row) => row.startsWith('  = '))
  expect(rows.join(' ')).toContain('Did you mean voice?')
  expect(rows.slice(help + 1).every((row) => row.startsWith('    '))).toBe(true)
  expect(renderDiagnostic(diagnostic, `${good}vioce: x\n`).split('\n')).toHaveLength(7)
})

test('control and direction characters in names, messages and lines are not printed', () => {
  const [diagnostic] = load({ 'agents/desk.yaml': `${good}"\\e[31mred\\n\\u202e": x\n` }).diagnostics
  if (diagnostic === undefined) throw new Error('the file has a fault')
  const text = renderDiagnostic({ ...diagnostic, file: 'a\u001b[2J\nb.yaml' }, `${good}"\u202e\u009b31m": x\n`)
  expect(text).not.toMatch(/(?!\n)\p{Cc}|\u202e/u)
  expect(text.split('\n')).toHaveLength(7)
})

test('the frame of a file that could not be read is its place alone', () => {
  expect(renderFrame(placeIn('', ''), '')).toEqual(['  ┌─ a.yaml:1:1'])
})

function frameOf(line: string, marked: string, options: FrameOptions = {}): readonly string[] {
  return renderFrame(placeIn(line, marked), line, options)
}

/** Where a text stands last in a line. */
function placeIn(line: string, marked: string) {
  const positions = positionFinder(line)
  const start = line.lastIndexOf(marked)
  return { file: 'a.yaml', start: positions(start), end: positions(start + marked.length) }
}
