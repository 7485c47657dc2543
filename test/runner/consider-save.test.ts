import { expect, test } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import { unsetKeyFault } from '../../src/agent/checks/edit-faults.ts'
import type { Diagnostic } from '../../src/agent/findings/diagnostic.ts'
import type { AgentReadResult, LoadedAgent } from '../../src/io/agent-file.ts'
import {
  acceptHeld,
  considerSave,
  type KnownSaves,
  noSavesYet,
  type SaveDecision,
} from '../../src/runner/generations/consider-save.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'

const FILE = '/shop/desk.yaml'
const PART = '/shop/tools.yaml'

const tools = [toolNamed('look_up')]
const first = agentWith({ tools })
const pirate = agentWith({ tools, voice: 'Dennis' })
const without = agentWith({ tools: [] })
const piratesWithout = agentWith({ tools: [], voice: 'Dennis' })
const renamed = agentWith({ tools, name: 'shop' })
const refused = agentWith({ tools, voice: 'Nobody' })
const keyless = agentWith({ tools, connection: { ...first.connection, api_key_env: 'UNSET' } })

type Save = Parameters<typeof considerSave>[1]

const files = { files: new Map(), sources: new Map(), root: '/shop' }

function content(agent: Agent, saved: readonly string[] = [FILE]): Save {
  const read = { status: 'loaded', agent, diagnostics: [], written: {}, ...files } as unknown as LoadedAgent
  return { read, saved }
}

function faulty(...messages: readonly string[]): Save {
  const diagnostics = messages.map((message) => ({ level: 'error', message }) as Diagnostic)
  return { read: { status: 'rejected', diagnostics, ...files } as unknown as AgentReadResult, saved: [FILE] }
}

const gone: Save = { read: { status: 'missing', message: 'it is gone', ...files } as AgentReadResult, saved: [] }

/** What is decided about saves, one after another; what is published is in force from then on. */
function decisions(...saves: readonly (Save | 'accept')[]): readonly string[] {
  let inForce = { number: 1, agent: first }
  let known: KnownSaves = noSavesYet(inForce)
  const refusedIn = (hash: string) => (hash === refused.hash ? 7 : null)
  const processFaults = (agent: Agent) => (agent.hash === keyless.hash ? [unsetKeyFault(agent)] : [])
  return saves.map((save) => {
    const context = { inForce, refusedIn, processFaults }
    const considered = save === 'accept' ? acceptHeld(known, inForce) : considerSave(known, save, context)
    if (considered === null) return 'nothing is held'
    const [after, decision] = considered
    known = after
    if (decision.kind === 'publish') {
      inForce = { number: inForce.number + 1, agent: decision.next.agent }
      known = { ...known, last: { kind: 'published', generation: inForce.number, warnings: [] } }
    }
    return inWords(decision)
  })
}

function inWords(decision: SaveDecision): string {
  if (decision.kind === 'publish') return `publish as ${decision.source}`
  return 'isNews' in decision && !decision.isNews ? `${decision.kind} again` : decision.kind
}

test.each<[string, readonly (Save | 'accept')[], readonly string[]]>([
  ['an edit', [content(pirate), content(first)], ['publish as file', 'publish as file']],
  ['a comment', [content(first)], ['unchanged again']],
  ['a script, and nothing else', [content(first, [])], ['ignore']],
  ['an edit that is saved twice', [content(pirate), content(pirate)], ['publish as file', 'unchanged again']],
  ['faults', [faulty('a'), faulty('a'), faulty('b')], ['reject', 'reject again', 'reject']],
  ['faults that are undone', [faulty('a'), content(first), faulty('a')], ['reject', 'unchanged', 'reject']],
  ['another name', [content(renamed)], ['reject']],
  ['a key variable that is not set', [content(keyless)], ['reject']],
  ['no file, and the same one again', [gone, content(first)], ['report missing', 'unchanged']],
  ['the loss of all tools', [content(without)], ['hold']],
  ['the loss, saved once more', [content(without), content(without)], ['hold', 'publish as accepted']],
  ['the loss, accepted', ['accept', content(without), 'accept'], ['nothing is held', 'hold', 'publish as accepted']],
  ['the loss, undone', [content(without), content(first), 'accept'], ['hold', 'unchanged', 'nothing is held']],
  ['the loss, then another file', [content(without), content(without, [PART])], ['hold', 'ignore']],
  ['the loss, then a script', [content(without), content(without, [])], ['hold', 'ignore']],
  [
    'the loss in a part, confirmed by that part after an edit elsewhere',
    [content(without, [PART]), content(piratesWithout), content(piratesWithout, [PART])],
    ['hold', 'hold', 'publish as accepted'],
  ],
  [
    'the loss, confirmed after faults in between',
    [content(without, [PART]), faulty('a'), content(without), content(without, [PART])],
    ['hold', 'reject', 'hold', 'publish as accepted'],
  ],
  [
    'the loss, then a good edit',
    [content(without), content(pirate), 'accept'],
    ['hold', 'publish as file', 'nothing is held'],
  ],
  ['what the service refused before', [content(refused)], ['hold']],
  [
    'what the service refused before, twice: that confirms it',
    [content(refused), content(refused)],
    ['hold', 'publish as accepted'],
  ],
])('%s', (_, saves, expected) => {
  expect(decisions(...saves)).toEqual(expected)
})

test('a held content that is in force by now makes no new generation', () => {
  const inForce = { number: 1, agent: first }
  const context = { inForce, refusedIn: () => null, processFaults: () => [] }
  const [held] = considerSave(noSavesYet(inForce), content(without), context)
  const accepted = acceptHeld(held, { number: 2, agent: without })
  expect(accepted).toMatchObject([{ held: null, last: { kind: 'unchanged', generation: 2 } }, { kind: 'unchanged' }])
})

test('a held content is published as it was saved last: its comments may be others', () => {
  const inForce = { number: 1, agent: first }
  const context = { inForce, refusedIn: () => null, processFaults: () => [] }
  const [held] = considerSave(noSavesYet(inForce), content(without), context)
  const again = content(without)
  const [, decision] = considerSave(held, again, context)
  expect('next' in decision && decision.next).toBe(again.read)
})

test('only errors are reported as the reason to reject a save: warnings would hide it', () => {
  const inForce = { number: 1, agent: first }
  const [error, warning] = ['error', 'warning'].map((level) => ({ level, message: level }) as Diagnostic)
  const read = { status: 'rejected', diagnostics: [warning, error], ...files } as unknown as AgentReadResult
  const context = { inForce, refusedIn: () => null, processFaults: () => [] }
  const [known] = considerSave(noSavesYet(inForce), { read, saved: [FILE] }, context)
  expect(known.last).toEqual({ kind: 'rejected', diagnostics: [error] })
})
