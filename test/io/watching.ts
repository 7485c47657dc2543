import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import { type AgentReadResult, type LoadedAgent, readAgent } from '../../src/io/agent-file.ts'
import { type AgentWatch, watchAgent } from '../../src/io/agent-watch.ts'

/** Between two looks that make a save whole, in ms: short, so that the tests are. */
export const SETTLE_MS = 60
/** Settle time of a watch where a save has pauses in it, in ms: a loaded machine may make each of them long. */
export const PATIENT_MS = 1_000
/** A pause within a save, in ms. */
export const INSIDE_MS = 20

/** A project of its own with an agent of many files, all of them free to be changed. */
export interface Project {
  readonly folder: string
  path(name: string): string
}

/** An agent whose settings stand in five files: each of them says one thing that can be told from outside. */
export function project(): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'runner-watch-')))
  const path = (name: string) => join(folder, name)
  for (const name of ['agents', 'tools']) mkdirSync(path(name))
  writeFileSync(path('.runner.yaml'), '')
  writeFileSync(path('agents/desk.yaml'), desk('Sarah'))
  writeFileSync(path('agents/_base.yaml'), base('Be calm.'))
  writeFileSync(path('agents/_tools.yaml'), list('Looks up.'))
  writeFileSync(path('agents/prompt.md'), 'Be brief.\n')
  writeFileSync(path('tools/look_up.sh'), '#!/bin/sh\necho\n', { mode: 0o755 })
  return { folder, path }
}

export function desk(voice: string): string {
  return [
    ...['version: 1', 'name: desk', 'extends: ./_base.yaml', `voice: ${voice}`],
    ...['instructions_file: ./prompt.md', 'tools:', '  - include: ./_tools.yaml', ''],
  ].join('\n')
}

export function base(hint: string): string {
  return `stt:\n  language: en\n  prompt: "${hint}"\n`
}

export function list(description: string): string {
  return `- name: look_up\n  description: ${description}\n  run: ../tools/look_up.sh\n  parameters: { type: object }\n`
}

/** The one thing that each file says, in one line. */
export function sayings({ agent }: LoadedAgent): string {
  return [agent.voice, agent.stt.prompt, agent.tools[0]?.description, agent.instructions.trim()].join(' | ')
}

/** What a save came to; `same`: the agent that was loaded last. */
type Kind = AgentReadResult['status'] | 'same'

type SaveOf<Wanted extends Kind> = Wanted extends 'loaded' | 'same'
  ? LoadedAgent
  : Extract<AgentReadResult, { readonly message: string }>

export interface Watching {
  /** Every save so far, by its kind. */
  told(): readonly Kind[]
  readonly warnings: readonly string[]
  /** Takes saves until one is of this kind. */
  until<Wanted extends Kind>(kind: Wanted): Promise<SaveOf<Wanted>>
  readonly watch: AgentWatch
  close(): Promise<void>
}

/** Watches `agents/desk.yaml` of a project, through a link where one is named. */
export async function watching(
  { path }: Project,
  { file = path('agents/desk.yaml'), settleMs = SETTLE_MS, pollMs = 100 } = {},
): Promise<Watching> {
  const loaded = await readAgent({ file, purpose: 'start' })
  if (loaded.status !== 'loaded') throw new Error(JSON.stringify(loaded))
  let lastHash = loaded.agent.hash
  const saves: { readonly kind: Kind; readonly read: AgentReadResult }[] = []
  const warnings: string[] = []
  let taken = 0
  let wake = () => {}
  const watch = watchAgent({
    file,
    files: loaded.files,
    settleMs,
    pollMs,
    onSave(read) {
      const hash = read.status === 'loaded' ? read.agent.hash : null
      saves.push({ kind: hash === lastHash ? 'same' : read.status, read })
      lastHash = hash ?? lastHash
      wake()
    },
    onWarning: (message) => warnings.push(message),
  })
  async function next() {
    for (;;) {
      const save = saves[taken]
      if (save !== undefined) {
        taken += 1
        return save
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return {
    warnings,
    watch,
    told: () => saves.map(({ kind }) => kind),
    async until(kind) {
      for (;;) {
        const save = await next()
        if (save.kind === kind) return save.read as SaveOf<typeof kind>
      }
    },
    close: () => watch.close(),
  }
}

/** Begins watches, each of a project of its own, that end with the tests of the file. */
export function watches() {
  const ends: (() => unknown)[] = []
  afterAll(async () => {
    for (const end of ends.reverse()) await end()
  })
  return async (options: Parameters<typeof watching>[1] = {}, prepare: (project: Project) => void = () => {}) => {
    const made = project()
    prepare(made)
    const watch = await watching(made, options)
    ends.push(() => remove(made), watch.close)
    return { ...made, ...watch }
  }
}

export function replace(path: string, text: string): void {
  const beside = join(dirname(path), '.new')
  writeFileSync(beside, text)
  renameSync(beside, path)
}

/** Lets a stretch of time pass in which other writers do nothing, in ms. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export function remove({ folder }: Project): void {
  rmSync(folder, { recursive: true, force: true })
}
