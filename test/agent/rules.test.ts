import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import { unsetKeyFault } from '../../src/agent/checks/edit-faults.ts'
import type { Diagnostic } from '../../src/agent/findings/diagnostic.ts'
import { RULES, type RuleId } from '../../src/agent/rules.ts'
import type { LoadedAgent } from '../../src/io/agent-file.ts'
import { chooseEndpoints } from '../../src/runner/endpoint.ts'
import { considerSave, noSavesYet } from '../../src/runner/generations/consider-save.ts'
import { mergeTools } from '../../src/session/settings/listed-tools.ts'
import { omittedToolsFinding } from '../../src/session/settings/setting-diagnostics.ts'
import { toolNamed } from '../helpers/agents.ts'
import { load, ruleLines } from './loading.ts'

const folder = join(import.meta.dirname, '../fixtures/rules')
const rules = Object.keys(RULES) as readonly RuleId[]
const withFile = rules.filter((rule) => RULES[rule].noInvalidExample === undefined)
const examples = rules.flatMap((rule) => {
  const { validExample } = RULES[rule]
  return validExample === undefined ? [] : [{ rule, right: validExample }]
})

describe('the invalid example of a rule has that one fault, at its place', () => {
  test.each(withFile)('%s', (rule) => {
    const { content, file, place } = wrongFileOf(rule)
    const diagnostics = findingsOf(rule, file, content)
    expect(ruleLines({ diagnostics })).toEqual([`${place} ${rule}`])
    expect(diagnostics).toMatchObject([{ file, level: RULES[rule].level, help: expect.stringMatching(/\S\.?$/) }])
  })

  test('exists for every rule, except those that say in the table why not', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
    expect(files).toEqual(withFile.map((rule) => `${rule}.bad.yaml`).sort())
  })
})

describe('the valid example of a rule has no fault', () => {
  test.each(examples)('$rule', ({ rule, right }) => {
    expect(ruleLines({ diagnostics: findingsOf(rule, 'desk.yaml', whole(right)) })).toEqual([])
  })

  test('exists for each rule with an invalid one', () => {
    expect(examples.map(({ rule }) => rule)).toEqual(withFile)
  })
})

test('docs/rules.md is up to date with the rule table and the examples', () => {
  const script = join(import.meta.dirname, '../../scripts/generate-rules.mjs')
  expect(spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })).toMatchObject({
    status: 0,
    stderr: '',
  })
})

/** The bytes of a rule's wrong file, what it is called in its project, and where its fault is. */
function wrongFileOf(rule: RuleId) {
  const written = readFileSync(join(folder, `${rule}.bad.yaml`))
  const text = written.toString('latin1')
  const [, file = 'desk.yaml'] = /^# file (.*)$/m.exec(text) ?? []
  const [, place] = /^# fault at (\d+:\d+)$/m.exec(text) ?? []
  // What is wrong for its size alone is written out here.
  const [, times = ''] = /^# The last line stands here ([\d,]+) times\.$/m.exec(text) ?? []
  const lastLine = written.subarray(text.lastIndexOf('\n', text.length - 2) + 1)
  const more = Array.from({ length: Number(times.replaceAll(',', '')) }, () => lastLine)
  return { content: Buffer.concat([written, ...more]), file, place }
}

/**
 * What is found in a file, with the project of its rule around it: when it is read, when it is saved in the place of the file that is there and
 * runs, and when each server of it lists the tool look_up.
 */
function findingsOf(rule: RuleId, file: string, content: string | Buffer): readonly Diagnostic[] {
  const beside = filesBeside(rule)
  const project = { ...beside, [file]: content }
  const loaded = load(project['desk.yaml'] ?? '', 'validate', project)
  if (loaded.status === 'rejected') return loaded.diagnostics
  const before = file === 'desk.yaml' ? beside['desk.yaml'] : undefined
  const after = Object.assign(loaded, { files: new Map(), root: '/project' })
  const edited = before === undefined ? [] : faultsOfEdit(load(before, 'validate', beside), after)
  return [...loaded.diagnostics, ...edited, ...faultsOfListing(loaded.agent)]
}

function filesBeside(rule: RuleId): { readonly [name: string]: Buffer } {
  const around = join(folder, rule)
  const names = existsSync(around) ? readdirSync(around) : []
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(around, name))]))
}

function faultsOfEdit(before: ReturnType<typeof load>, after: LoadedAgent): readonly Diagnostic[] {
  if (before.status === 'rejected') return before.diagnostics
  const inForce = { number: 1, agent: before.agent }
  const reached = chooseEndpoints([inForce], {}, { INWORLD_API_KEY: 'a-key' })
  if ('message' in reached) throw new Error(reached.message)
  const save = { read: after, saved: [after.agent.file] }
  const [, decision] = considerSave(noSavesYet(inForce), save, {
    inForce,
    refusedIn: () => null,
    processFaults: ({ name, connection }) =>
      reached.endpointFor(name, connection).kind === 'refused' ? [unsetKeyFault(after.agent)] : [],
  })
  return 'diagnostics' in decision ? decision.diagnostics : []
}

function faultsOfListing(agent: Agent): readonly Diagnostic[] {
  const listings = agent.servers.map(({ name }) => ({ server: name, tools: [toolNamed('look_up')] }))
  const found = mergeTools(agent, listings).omittedTools.map((each) => omittedToolsFinding(agent, each).diagnostic)
  return found.filter((diagnostic) => diagnostic !== undefined)
}

/** A whole file: with the settings that every file wants, where an example leaves them out. */
function whole(example: string): string {
  const settings = [
    ['version', 'version: 1'],
    ['name', 'name: desk'],
    ['instructions(_file)?', 'instructions: Be brief.'],
  ]
  const added = settings.filter(([key]) => !new RegExp(`^${key}:`, 'm').test(example)).map(([, line]) => line)
  return [...added, example, ''].join('\n')
}
