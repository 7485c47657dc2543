import type { Generation } from '../../session/generation.ts'
import type { Report } from '../../session/report.ts'
import { VERSION } from '../version.ts'

/** One line of a journal; schemas/journal.schema.json describes it. */
export type JournalLine = JournalHeader | GenerationLine | GapLine | Report

/** The first line: which conversation the journal is of. */
export interface JournalHeader {
  readonly type: 'journal'
  readonly version: 1
  readonly t: number
  readonly conversation: string
  readonly agent: string
  readonly file: string
  readonly runner: string
}

/** Precedes the first report under a generation. */
export interface GenerationLine {
  readonly type: 'generation'
  readonly t: number
  readonly conversation: string
  readonly generation: number
  readonly hash: string
  readonly model: string
  readonly voice: string
  readonly instructions: string
  readonly tools: readonly string[]
}

interface GapLine {
  readonly type: 'gap'
  readonly t: number
  readonly conversation: string
  readonly lost: number
}

/** Makes the header of a journal from its first report. */
export function journalHeader({ t, conversation }: Report, { agent }: Generation): JournalHeader {
  return { type: 'journal', version: 1, t, conversation, agent: agent.name, file: agent.file, runner: VERSION }
}

/** The settings behind a report; a model or voice from the environment is given as its variable. */
export function generationLine({ t, conversation }: Report, { number, agent }: Generation): GenerationLine {
  const { hash, instructions } = agent
  const model = agent.references.get('model') ?? agent.model
  const voice = agent.references.get('voice') ?? agent.voice
  const tools = agent.tools.map(({ name }) => name)
  return { type: 'generation', t, conversation, generation: number, hash, model, voice, instructions, tools }
}

/** Whether a journal has reports of that type: it leaves out sound, and deltas that a later line repeats in full. */
export function isJournalled(type: Report['type']): boolean {
  return type !== 'agent.audio' && type !== 'agent.backchannel.audio' && type !== 'agent.transcript.delta'
}
