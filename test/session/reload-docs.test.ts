import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { timingOf } from '../../src/session/plan.ts'

const page = readFileSync(new URL('../../docs/reload.md', import.meta.url), 'utf8')
const schema = JSON.parse(readFileSync(new URL('../../schemas/agent.schema.json', import.meta.url), 'utf8'))

/** Settings of the page's table, each with the first words of its column. */
const table = page.slice(page.indexOf('| settings |'), page.indexOf('## At which moment'))
const rows = [...table.matchAll(/^\| (`.*) \| ([^|:]+).*\|$/gm)].flatMap(([, settings = '', when = '']) =>
  [...settings.matchAll(/`(\w+)`/g)].map(([, setting = '']) => [setting, when.trim()] as const),
)

/** A map has its time key by key; the prompt is one setting, wherever it stands. */
function plannedTime(setting: string): string | undefined {
  const keys = Object.keys(schema.properties[setting].properties ?? {})
  const field = setting === 'instructions_file' ? 'instructions' : keys.length > 0 ? `${setting}.${keys[0]}` : setting
  return timingOf(field)?.when
}

test.each(rows)('docs/reload.md says when %s takes effect: %s', (setting, when) => {
  expect(plannedTime(setting)).toBe(when)
})

test('docs/reload.md names every setting that may be edited', () => {
  const settings = Object.keys(schema.properties).filter((name) => !['version', 'extends'].includes(name))
  expect(rows.map(([setting]) => setting).toSorted()).toEqual(settings.toSorted())
})
