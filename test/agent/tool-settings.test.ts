import { describe, expect, test } from 'vitest'
import { load } from './loading.ts'

/** A file whose one tool has these settings besides. */
function withTool(...settings: readonly string[]): string {
  const lines = [
    '- name: look',
    '  description: Looks.',
    '  run: ./tools/fine.sh',
    ...settings.map((line) => `  ${line}`),
  ]
  return `version: 1\nname: desk\ninstructions: Be brief.\ntools:\n${lines.map((line) => `  ${line}\n`).join('')}`
}

function toolWith(...settings: readonly string[]) {
  const loaded = load(withTool(...settings))
  expect(loaded.diagnostics).toEqual([])
  return loaded.status === 'loaded' ? loaded.agent.tools[0] : undefined
}

describe('where a tool works and what it sees', () => {
  test('what the file leaves out has its defaults', () => {
    expect(toolWith()).toMatchObject({ cwd: '/project', envFile: null, retry: 0 })
  })

  test('paths are relative to the file that names them', () => {
    expect(toolWith('cwd: shop', 'env_file: ./shop.env', 'retry: 3')).toMatchObject({
      ...{ cwd: '/project/shop', envFile: '/project/shop.env', retry: 3 },
    })
  })

  test('a folder anywhere may be named by its whole path', () => {
    expect(toolWith('cwd: /elsewhere')).toMatchObject({ cwd: '/elsewhere' })
  })

  test.each([
    ['cwd: nowhere', 'RV201', 'tools[0].cwd: nowhere is missing'],
    ['cwd: shop.env', 'RV201', 'tools[0].cwd: shop.env is a file; a folder is wanted'],
    ['cwd: ../elsewhere', 'RV202', 'tools[0].cwd: ../elsewhere lies outside /project'],
    ['env_file: nowhere.env', 'RV201', 'tools[0].env_file: nowhere.env is missing'],
    ['env_file: shop', 'RV201', 'tools[0].env_file: shop is a folder; a file is wanted'],
    ['env_file: ../outside.md', 'RV202', 'tools[0].env_file: ../outside.md lies outside /project'],
    ['retry: 4', 'RV106', 'tools[0].retry is 4; at least 0 and at most 3 is wanted'],
  ])('%s is told where it stands', (setting, rule, message) => {
    const [diagnostic, ...more] = load(withTool(setting)).diagnostics
    expect(more).toEqual([])
    expect(diagnostic).toMatchObject({ rule, message, range: { start: { line: 8 } } })
  })
})
