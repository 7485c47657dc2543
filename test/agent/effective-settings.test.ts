import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { LoadStep } from '../../src/agent/load.ts'
import { effectiveSettings, originOf } from '../../src/agent/printing/effective-settings.ts'
import { printYaml } from '../../src/agent/printing/print-yaml.ts'
import { restoreReferences } from '../../src/agent/printing/restore-references.ts'
import { compileSession } from '../../src/session/settings/compile.ts'
import { type LoadOptions, load } from '../helpers/agent-files.ts'
import { root } from '../helpers/cli.ts'
import { load as loadFixture } from './loading.ts'

const fixtures = join(root, 'test/fixtures/agents')
const goodFiles = readdirSync(fixtures).filter((name) => name.endsWith('.good.yaml'))

const smallest = 'version: 1\nname: desk\ninstructions: Be brief.\n'

/** Files that use every way of saying a thing elsewhere. */
const SHOP = {
  'agents/desk.yaml':
    'extends: ../base/_base.yaml\nversion: 1\nname: desk\ntts: { speed: 1.2 }\ntools:\n  - include: ../lists/_common.yaml\n',
  'base/_base.yaml': 'voice: Sarah\ninstructions_file: prompt.md\ntts:\n  model: inworld-tts-2\n',
  'base/prompt.md': '# Desk\n\nBe brief.\n',
  'lists/_common.yaml': '- name: look_up\n  description: Looks up.\n  run: [./look-up.sh, ./stays.txt]\n',
  'lists/look-up.sh': '#!/bin/sh\n',
}

describe('the effective settings are an agent file', () => {
  test.each(goodFiles)('that declares the same agent as %s', (name) => {
    const before = whole(loadFixture(readFileSync(join(fixtures, name), 'utf8')))
    const after = whole(loadFixture(shown(before)))
    expect(after.agent.hash).toBe(before.agent.hash)
  })

  test('with parents, lists and prompt merged, and paths relative to the agent file', () => {
    const before = loaded(SHOP)
    const { 'lists/_common.yaml': _list, 'base/_base.yaml': _base, 'base/prompt.md': _prompt, ...rest } = SHOP
    const text = shown(before)
    expect(loaded({ ...rest, 'agents/desk.yaml': text }).agent.hash).toBe(before.agent.hash)
    expect(text).toContain('run: [../lists/look-up.sh, ./stays.txt]')
  })

  test('with quotes around words that YAML 1.1 would read as something else', () => {
    expect(printYaml({ a: 'no', b: 'off', c: '010', d: '1.5', e: 'plain' })).toBe(
      'a: "no"\nb: "off"\nc: "010"\nd: "1.5"\ne: plain\n',
    )
  })

  test('with the fixed rate of G.711', () => {
    const text = shown(loaded({ 'agents/desk.yaml': `${smallest}audio: { input: { format: pcmu } }\n` }))
    expect(text).toContain('  input:\n    format: pcmu\n    rate: 8000\n')
  })
})

test('each effective setting is annotated with the file and line it comes from', () => {
  const step = loaded(SHOP)
  const text = printYaml(effectiveSettings(step.agent, step.written), (path) => originOf(step.agent, path))
  for (const line of [
    'voice: Sarah # base/_base.yaml:1',
    'instructions: | # base/prompt.md:1',
    '  model: inworld-tts-2 # base/_base.yaml:4',
    '  speed: 1.2 # agents/desk.yaml:4',
    '  - name: look_up # lists/_common.yaml:1',
    '    timeout: 8s # default',
    'provider_data: {} # default',
  ])
    expect(text.split('\n')).toContain(line)
  expect(loaded({ ...SHOP, 'agents/desk.yaml': text }).status).toBe('loaded')
})

describe('values from the environment and secrets are not shown:', () => {
  const file = `${smallest}voice: \${env:VOICE}\nstt: { model: "\${env:STT:-assemblyai/u3-rt-pro}" }\n`
  const env = { VOICE: 'Ashley', STT: 'inworld/inworld-stt-1' }

  test('a variable is shown by its name, also in the session object', () => {
    const step = loaded({ 'agents/desk.yaml': file }, { env })
    expect(step.agent.voice).toBe('Ashley')
    const wire = JSON.stringify(compileSession(restoreReferences(step.agent)))
    for (const text of [shown(step), wire]) {
      expect(text).toContain(`\${env:VOICE}`)
      expect(text).toContain(`\${env:STT:-assemblyai/u3-rt-pro}`)
      expect(text).not.toMatch(/Ashley|inworld-stt-1/)
    }
  })

  test('a variable in the command of a tool is shown by its name', () => {
    const tool = `tools:\n  - name: look\n    description: Looks.\n    run: "\${env:LOOK}"\n`
    const step = loaded({ 'agents/desk.yaml': `${smallest}${tool}` }, { env: { LOOK: 'look-up' } })
    expect(restoreReferences(step.agent).tools).toMatchObject([{ run: [`\${env:LOOK}`] }])
    expect(shown(step)).toContain(`run: \${env:LOOK}\n`)
  })

  test('what looks like a variable in a prompt is escaped, so that it stays text', () => {
    const prompt = `Read \${env:A} and $\${env:B}.`
    const file = `version: 1\nname: desk\ninstructions_file: p.md\n`
    const text = shown(loaded({ 'agents/desk.yaml': file, 'agents/p.md': prompt }))
    expect(loaded({ 'agents/desk.yaml': text }).agent.instructions).toBe(prompt)
  })

  test('a key in an address is masked', () => {
    const address = 'wss://me:secret@localhost/x?api_key=abc&model=m&access-token=def'
    const step = loaded({ 'agents/desk.yaml': `${smallest}connection: { base_url: "${address}" }\n` })
    expect(shown(step)).toContain('base_url: wss://***@localhost/x?api_key=***&model=m&access-token=***\n')
  })
})

type LoadedStep = Extract<LoadStep, { status: 'loaded' }>

function loaded(files: Parameters<typeof load>[0], around: LoadOptions = {}): LoadedStep {
  return whole(load(files, around))
}

function whole(step: LoadStep): LoadedStep {
  if (step.status === 'needs') throw new Error('the load was not finished')
  if (step.status !== 'loaded') throw new Error(JSON.stringify(step.diagnostics))
  return step
}

function shown({ agent, written }: LoadedStep): string {
  return printYaml(effectiveSettings(agent, written))
}
