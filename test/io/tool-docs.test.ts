import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { judgeEnding } from '../../src/io/tools/tool-contract.ts'
import { root } from '../helpers/cli.ts'

const page = readFileSync(join(root, 'docs/tools.md'), 'utf8')
const table = page.slice(page.indexOf('| exit | kind |')).split('\n\n')[0] ?? ''
const rows = [...table.matchAll(/^\| ([0-9, ]+|any other) \| `(\w+)` \|/gm)]
const documented = new Map(
  rows.flatMap(([, codes = '', kind = '']) => codes.split(', ').map((code) => [code, kind] as const)),
)

test('each exit code means what the table of docs/tools.md says', () => {
  expect(documented.size).toBe(10)
  for (let exitCode = 0; exitCode <= 255; exitCode += 1) {
    const ending = { exitCode, signal: null, stdout: Buffer.from('words'), lastLine: '' }
    const { outcome } = judgeEnding(ending, (text) => text, { output: 'text', maxOutputBytes: 1024 })
    expect([exitCode, outcome.status]).toEqual([exitCode, documented.get(`${exitCode}`) ?? documented.get('any other')])
  }
})
