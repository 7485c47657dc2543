import { VERSION } from '../version.ts'

/** One file of a new project. */
export interface InitFile {
  /** Below the folder of the project. */
  readonly path: string
  readonly text: string
  readonly isScript?: boolean
}

/**
 * The files that `init` writes: an agent that is ready to start, and all it names. `schema` is the JSON Schema of the agent file; `below`
 * is the path of the folder from the top of its git repository, where GitHub looks for the CI file.
 */
export function initFiles(schema: string, below: readonly string[]): readonly InitFile[] {
  return [
    { path: 'agents/support.yaml', text: AGENT },
    { path: 'prompts/support.md', text: PROMPT },
    { path: 'tools/opening_hours.mjs', text: TOOL, isScript: true },
    { path: 'schemas/agent.schema.json', text: schema },
    workflow(below),
  ]
}

/** The first two lines both name the schema: one for VS Code, one for JetBrains. */
const AGENT = `# yaml-language-server: $schema=../schemas/agent.schema.json
# $schema: ../schemas/agent.schema.json
#
# One file is one voice agent. \`runner start\` talks to it; edit it while you talk.
version: 1
name: support
description: Answers the phone of a shop.

# The language model and the voice.
model: openai/gpt-4.1-mini
voice: Clive

# The prompt. Answers are spoken: ask for short sentences and no lists.
instructions_file: ../prompts/support.md

# Said once, when a conversation begins.
greeting: Hello, this is Nora from the shop. How can I help?

turn_detection:
  type: semantic_vad
  eagerness: low # waits longest, so nobody is cut off while thinking

# A tool is any program: JSON in, text or JSON out.
tools:
  - name: opening_hours
    description: Tell when the shop is open on one day of the week.
    run: ../tools/opening_hours.mjs
    timeout: 5s
    parameters:
      type: object
      properties:
        day:
          type: string
          description: The day of the week.
          enum: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]
      required: [day]
      additionalProperties: false
`

const PROMPT = `You are Nora. You answer the phone of a small shop.
Be warm and brief: one or two short sentences, then let the caller speak.
When someone asks when the shop is open, look it up with opening_hours; never guess.
If you do not know something, say so, and offer to have somebody call back.
`

const TOOL = `#!/usr/bin/env node
// opening_hours: says when the shop is open on one day of the week.
//
// A tool reads its arguments as one JSON object from standard input, and prints its answer for the model. Try it:
//
//   runner tool run agents/support.yaml opening_hours --args '{"day":"monday"}' --trace

import { json } from 'node:stream/consumers'

const HOURS = { saturday: '10:00 to 16:00', sunday: null }

const { day } = await json(process.stdin)
const hours = Object.hasOwn(HOURS, day) ? HOURS[day] : '9:00 to 18:00'
console.log(JSON.stringify(hours === null ? { day, open: false } : { day, open: true, hours }))
`

function workflow(below: readonly string[]): InitFile {
  const path = `${'../'.repeat(below.length)}.github/workflows/${['agents', ...below].join('-')}.yml`
  const folder = JSON.stringify(below.join('/'))
  const within = `    defaults: { run: { working-directory: ${folder} } }\n`
  return { path, text: below.length === 0 ? WORKFLOW : WORKFLOW.replace(/(?= {4}steps:)/, within) }
}

const WORKFLOW = `# Checks the agents on every push; findings appear in the files of the pull request.
name: agents
on: [push, pull_request]
jobs:
  validate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 24 }
      - run: npm ci # needs runner in package.json: npm install ./runner-${VERSION}.tgz, which npm pack writes in the checkout of runner
      - run: npx --no-install runner validate agents --fail-on warning
      - run: npx --no-install runner fmt agents --check
      - run: npx --no-install runner start agents/support.yaml --offline --say "when are you open on monday?"
`
