import { join } from 'node:path'
import type { ToolOutcome } from '../../src/agent/tool.ts'
import { type GivenCall, TOOL_FIXTURES } from './tools.ts'

/** A tool that behaves badly, and what its call must end as all the same. */
export interface Nasty {
  /** What is bad about it. */
  readonly does: string
  readonly script: string
  readonly words?: readonly string[]
  readonly given?: GivenCall
  readonly ends: ToolOutcome
}

const answered = { status: 'ok', output: 'answered' } as const
const unavailable = { status: 'misconfigured', message: 'not available right now' } as const
const late = { status: 'timeout', message: 'took longer than 0.3 s' } as const
const soon = { timeoutMs: 300, killAfterMs: 100 } as const

/** The secret that one of them prints. */
export const DRAWER_SECRET = 'very,secret value'

/** The drawer of nasty tools: every one of them is met in the wild. */
export const DRAWER: readonly Nasty[] = [
  { does: 'never exits', script: 'never-exits.sh', given: soon, ends: late },
  { does: 'ignores SIGTERM', script: 'ignores-sigterm.sh', given: soon, ends: late },
  { does: 'forks a grandchild that keeps stdout open', script: 'grandchild-holds-stdout.sh', ends: answered },
  { does: 'leaves a child in a session of its own', script: 'setsid-child.sh', ends: answered },
  { does: 'has a grandchild that answers after its end', script: 'grandchild-answers-later.sh', ends: answered },
  { does: 'answers after the call ended', script: 'late-answer.sh', given: soon, ends: late },
  {
    does: 'writes 1 GB',
    script: 'floods-stdout.sh',
    ends: { status: 'output_too_large', message: 'wrote more than 1 MiB' },
  },
  { does: 'writes 20 MB to stderr', script: 'floods-stderr.sh', ends: answered },
  {
    does: 'answers half a UTF-8 character',
    script: 'half-a-character.sh',
    ends: { status: 'ok', output: 'price \ufffd' },
  },
  {
    does: 'exits 0 with garbage',
    script: 'exits-with-garbage.sh',
    ends: { status: 'ok', output: '\ufffd\ufffd\0\u0001{"ok":\ufffd' },
  },
  {
    ...{
      does: 'exits 0 with garbage where JSON was promised',
      script: 'exits-with-garbage.sh',
      given: { output: 'json' },
    },
    ends: { status: 'failed', message: 'its answer is not the JSON that it should be' },
  },
  {
    does: 'never reads 5 MiB of input',
    script: 'never-reads-stdin.sh',
    ends: answered,
    given: { argumentsText: JSON.stringify({ text: 'x'.repeat(5 * 1_048_576) }) },
  },
  { does: 'dies by a signal', script: 'dies-by-signal.sh', ends: { status: 'crashed', message: 'ended by SIGSEGV' } },
  { does: 'is not executable', script: 'not-executable.sh', ends: unavailable },
  { does: 'has no interpreter', script: 'missing-interpreter.sh', ends: unavailable },
  { does: 'has a first line that ends in CRLF', script: 'crlf-shebang.sh', ends: unavailable },
  { does: 'is not there', script: 'no-such-script.sh', ends: unavailable },
  {
    does: 'prints a secret',
    script: 'prints-secret.sh',
    words: ['1'],
    given: { env: ['SHOP_TOKEN'] },
    ends: { status: 'failed', message: 'refused for ***' },
  },
  { does: 'forks a hundred', script: 'hundred-children.sh', given: soon, ends: late },
  {
    does: 'answers with a directive of a later version',
    script: 'reserved.sh',
    ends: { status: 'failed', message: 'its answer has only keys that begin with $, which are reserved' },
  },
]

/** The command of one of them. */
export function commandOf({ script, words = [] }: Nasty): readonly string[] {
  return [join(TOOL_FIXTURES, script), ...words]
}
