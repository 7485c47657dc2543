import { join } from 'node:path'
import type { ToolOutcome } from '../../src/agent/tool.ts'
import { type CallOverrides, TOOL_FIXTURES } from './tools.ts'

/** A tool that misbehaves, and the outcome that its call has to have all the same. */
export interface MisbehavingTool {
  /** Completes the sentence "a tool that …". */
  readonly does: string
  readonly script: string
  readonly args?: readonly string[]
  readonly overrides?: CallOverrides
  readonly outcome: ToolOutcome
}

const answered = { status: 'ok', output: 'answered' } as const
const unavailable = { status: 'misconfigured', message: 'not available right now' } as const
const late = { status: 'timeout', message: 'took longer than 0.3 s' } as const
const soon = { timeoutMs: 300, killAfterMs: 100 } as const

/** The secret that one of them prints. */
export const PRINTED_SECRET = 'very,secret value'

/** Tools that misbehave in the ways that real ones do. */
export const MISBEHAVING_TOOLS: readonly MisbehavingTool[] = [
  { does: 'never exits', script: 'never-exits.sh', overrides: soon, outcome: late },
  { does: 'ignores SIGTERM', script: 'ignores-sigterm.sh', overrides: soon, outcome: late },
  { does: 'forks a grandchild that keeps stdout open', script: 'grandchild-holds-stdout.sh', outcome: answered },
  { does: 'leaves a child in a session of its own', script: 'setsid-child.sh', outcome: answered },
  { does: 'has a grandchild that answers after its end', script: 'grandchild-answers-later.sh', outcome: answered },
  { does: 'answers after the call ended', script: 'late-answer.sh', overrides: soon, outcome: late },
  {
    does: 'writes 1 GB',
    script: 'floods-stdout.sh',
    outcome: { status: 'output_too_large', message: 'wrote more than 1 MiB' },
  },
  { does: 'writes 20 MB to stderr', script: 'floods-stderr.sh', outcome: answered },
  {
    does: 'answers half a UTF-8 character',
    script: 'half-a-character.sh',
    outcome: { status: 'ok', output: 'price \ufffd' },
  },
  {
    does: 'exits 0 with garbage',
    script: 'exits-with-garbage.sh',
    outcome: { status: 'ok', output: '\ufffd\ufffd\0\u0001{"ok":\ufffd' },
  },
  {
    ...{
      does: 'exits 0 with garbage where JSON was promised',
      script: 'exits-with-garbage.sh',
      overrides: { output: 'json' },
    },
    outcome: { status: 'failed', message: 'its answer is not the JSON that it should be' },
  },
  {
    does: 'never reads 5 MiB of input',
    script: 'never-reads-stdin.sh',
    outcome: answered,
    overrides: { argumentsText: JSON.stringify({ text: 'x'.repeat(5 * 1_048_576) }) },
  },
  {
    does: 'dies by a signal',
    script: 'dies-by-signal.sh',
    outcome: { status: 'crashed', message: 'ended by SIGSEGV' },
  },
  { does: 'is not executable', script: 'not-executable.sh', outcome: unavailable },
  { does: 'has no interpreter', script: 'missing-interpreter.sh', outcome: unavailable },
  { does: 'has a first line that ends in CRLF', script: 'crlf-shebang.sh', outcome: unavailable },
  { does: 'is not there', script: 'no-such-script.sh', outcome: unavailable },
  {
    does: 'prints a secret',
    script: 'prints-secret.sh',
    args: ['1'],
    overrides: { env: ['SHOP_TOKEN'] },
    outcome: { status: 'failed', message: 'refused for ***' },
  },
  { does: 'forks a hundred', script: 'hundred-children.sh', overrides: soon, outcome: late },
  {
    does: 'answers with a directive of a later version',
    script: 'reserved.sh',
    outcome: { status: 'failed', message: 'its answer has only keys that begin with $, which are reserved' },
  },
]

/** The command of one of them. */
export function commandOf({ script, args = [] }: MisbehavingTool): readonly string[] {
  return [join(TOOL_FIXTURES, script), ...args]
}
