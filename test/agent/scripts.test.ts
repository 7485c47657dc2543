import { describe, expect, test } from 'vitest'
import { load } from '../helpers/agent-files.ts'
import { load as loadAlone } from './loading.ts'

const agent = (tool: string) =>
  `version: 1\nname: desk\ninstructions: Hi.\ntools: [{ name: look, description: Looks., ${tool} }]\n`

/** What is said of a tool whose script is look, the file beside the agent with this content. */
function saidOf(run: string, content: string | null = '#!/bin/sh\n', name = 'look'): readonly string[] {
  const files = content === null ? {} : { [`agents/${name}`]: content }
  const { diagnostics } = load({ 'agents/desk.yaml': agent(`run: ${run}`), ...files })
  return diagnostics.map(({ rule, message, help }) => `${rule} ${message} → ${help}`)
}

describe('the first line of a script', () => {
  test.each([
    '#!/bin/sh',
    '#! /bin/sh -e',
    '#!/usr/bin/env sh',
    '#!/usr/bin/env -S LANG=C sh -e',
    '#!/usr/bin/env --split-string A=b sh',
    '\u007fELF\u0000\u0001',
  ])('%j starts it', (line) => {
    expect(saidOf('./look', `${line}\n`)).toEqual([])
  })

  test.each([
    ['#!/opt/nobody', 'wants /opt/nobody, which is not on this machine'],
    ['#!/usr/bin/env /opt/nobody', 'wants /opt/nobody, which is not on this machine'],
    ['#!/usr/bin/env -S A=b /opt/nobody /bin/sh', 'wants /opt/nobody, which is not on this machine'],
    ['#!/usr/bin/env', 'names no interpreter in its first line'],
    ['#!', 'names no interpreter in its first line'],
    ['', 'names no interpreter in its first line'],
  ])('%j does not', (line, what) => {
    expect(saidOf('./look', `${line}\n`)).toEqual([expect.stringContaining(`RV503 tool script ./look ${what} → `)])
  })

  test.each([
    ['look.py', '#!/usr/bin/env python3'],
    ['look.mjs', '#!/usr/bin/env node'],
    ['look.ts', '#!/usr/bin/env node'],
    ['look.sh', '#!/bin/sh'],
    ['look', '#!/bin/sh'],
  ])('is proposed for %s by its name', (name, line) => {
    expect(saidOf(`./${name}`, 'x\n', name)).toEqual([
      expect.stringMatching(new RegExp(`→ Begin it with the line ${line}$`)),
    ])
    expect(saidOf(`./${name}`, `${line}\n`, name)).toEqual([])
  })
})

describe('what is run is one program, by its path or its name', () => {
  test('the path of a script may hold a space', () => {
    expect(saidOf('"./look it up"', '#!/bin/sh\n', 'look it up')).toEqual([])
  })

  test.each([
    [
      './look --all',
      'RV501 tool script "./look --all" is missing → This is one program and no shell line: write [./look, "--all"], or put the line into a script.',
    ],
    [
      '/opt/nobody',
      'RV501 tool script /opt/nobody is missing → Create /opt/nobody, or correct the path; it is relative to the file that names it.',
    ],
    ['" "', 'RV501 tools[0].run begins with no program → Name the program first, then its arguments.'],
    ['[" ", a]', 'RV501 tools[0].run begins with no program → Name the program first, then its arguments.'],
    ['""', expect.stringMatching(/^RV107 tools\[0\]\.run is empty → /)],
  ])('%s', (run, line) => {
    expect(saidOf(run)).toEqual([line])
  })

  test('a script that a link leads to outside the project is refused, like one whose path does', () => {
    const files = { 'agents/desk.yaml': agent('run: ./look'), 'agents/look': '#!/bin/sh\n' }
    const linked = load(files, { links: { 'agents/look': '/srv/look' } })
    expect(linked.diagnostics).toMatchObject([{ rule: 'RV202', message: 'tool script ./look lies outside /shop' }])
    for (const run of ['../outside.md', '../nowhere.sh'])
      expect(loadAlone(agent(`run: ${run}`)).diagnostics).toMatchObject([
        { rule: 'RV202', message: `tool script ${run} lies outside /project` },
      ])
  })

  test.each([
    ['run: ./pipe', ['RV501 tool script ./pipe is no regular file → Name the script itself.']],
    [
      'run: ./locked.yaml',
      ['RV501 tool script ./locked.yaml cannot be read: permission denied → Give the runner the right to read it.'],
    ],
    [
      'run: /project/tools/plain.sh',
      ['RV502 tool script /project/tools/plain.sh is not executable → Run: chmod +x /project/tools/plain.sh'],
    ],
    [
      'run: node | tee log',
      [
        'RV503 there is no program "node | tee log" on the PATH → This is one program and no shell line: write a list such as [node, look.mjs], or put the line into a script.',
      ],
    ],
    [
      `run: node ${'a'.repeat(80)}`,
      [expect.stringMatching(/→ This is one program and no shell line: write a list such as \[node, look.mjs\]/)],
    ],
    [
      'run: nobody',
      [
        'RV503 there is no program nobody on the PATH → Install nobody, or write ./nobody if it lies beside the agent file.',
      ],
    ],
    [
      'run: [quote.py, now]',
      [
        'RV503 there is no program quote.py on the PATH → Install quote.py, or write ./quote.py if it lies beside the agent file.',
      ],
    ],
    [
      'run: [python3, qoute.py], cwd: shop',
      [
        'RV501 tool script qoute.py is missing → Create qoute.py in its cwd, or correct the path; a fixed argument is relative to the folder that it works in.',
      ],
    ],
    [
      'run: [python3, shop/qoute.py]',
      [
        'RV501 tool script shop/qoute.py is missing → Create shop/qoute.py, or correct the path; a fixed argument is relative to the folder that it works in.',
      ],
    ],
    [
      'run: [python3, /shop/qoute.py]',
      [
        'RV501 tool script /shop/qoute.py is missing → Create /shop/qoute.py, or correct the path; a fixed argument is relative to the folder that it works in.',
      ],
    ],
    [
      'run: ./tools/fine.sh, env_file: locked.yaml',
      [
        'RV201 tools[0].env_file: locked.yaml cannot be read: permission denied → Give the runner the right to read it.',
      ],
    ],
    [
      'run: ./tools/fine.sh, mode: worker, limits: { cpu: 5 }',
      ['RV104 tools[0].limits.cpu is 5, without a unit; a duration such as 8s is wanted → Write 5s.'],
    ],
    [
      'run: ./tools/fine.sh, network: true, limits: { memory: 7MB }',
      [
        'RV512 tools[0].network has no effect without a sandbox → Remove it, or add sandbox: read_only.',
        'RV506 tools[0].limits.memory is 7MB; 8MB to 64GB is wanted → A shell needs 8MB, Python 32MB, Node 700MB.',
      ],
    ],
  ])('%s', (tool, lines) => {
    const { diagnostics } = loadAlone(agent(tool))
    expect(diagnostics.map(({ rule, message, help }) => `${rule} ${message} → ${help}`)).toEqual(lines)
  })
})

test.each([
  ['run: [python3, qoute.py], cwd: ../shop', 'quote.py'],
  ['run: sh, cwd: ../shpo', '../shop'],
  ['run: sh, env_file: ../shop/shop.evn', '../shop/shop.env'],
])('what lies near is suggested for a path that leads nowhere: %s', (tool, near) => {
  const files = { 'shop/quote.py': '', 'shop/shop.env': 'A=b\n' }
  const { diagnostics } = load({ 'agents/desk.yaml': agent(tool), ...files })
  expect(diagnostics).toMatchObject([{ suggest: [{ replace: near }] }])
})

test.each([
  ['hooks: { session_ended: [python3, shop/qoute.py] }', 'hook script shop/qoute.py'],
  ['hooks: { session_ended: { run: [/usr/bin/python3, shop/qoute.py] } }', 'hook script shop/qoute.py'],
  ['tools: [{ mcp: { command: [python3, qoute.py], cwd: shop } }]', 'mcp script qoute.py'],
])('a script that an interpreter is given is looked for in hooks and servers too: %s', (settings, script) => {
  const { diagnostics } = loadAlone(`version: 1\nname: desk\ninstructions: Hi.\n${settings}\n`)
  expect(diagnostics).toMatchObject([{ rule: 'RV501', message: `${script} is missing` }])
})

test.each([
  ['cwd: nowhere', 'RV201'],
  ['cwd: 5', 'RV104'],
  ['cwdd: shop', 'RV101'],
])('a script that an interpreter is given is not looked for while nobody knows the folder: %s', (cwd, rule) => {
  const tool = `{ name: look, description: Looks., run: [python3, quote.py], ${cwd} }`
  const server = `{ mcp: { command: [python3, quote.py], ${cwd} } }`
  for (const each of [tool, server]) {
    const { diagnostics } = loadAlone(`version: 1\nname: desk\ninstructions: Hi.\ntools: [${each}]\n`)
    expect(diagnostics).toMatchObject([{ rule }])
  }
})

test('a script that an interpreter is given is not looked for while the variable that names the folder is not set', () => {
  const { diagnostics } = loadAlone(agent(`run: [python3, quote.py], cwd: "$\{env:NOWHERE}"`))
  expect(diagnostics).toMatchObject([{ rule: 'RV207', level: 'warning' }])
})

test('a folder that a variable names is not shown where a script is missing in it', () => {
  const { diagnostics } = load(
    { 'agents/desk.yaml': agent(`run: [python3, quote.py], cwd: "$\{env:SHOP}"`), 'hunter2/a.py': '' },
    { env: { SHOP: '/shop/hunter2' } },
  )
  expect(diagnostics).toMatchObject([{ rule: 'RV501', message: 'tool script quote.py is missing' }])
  expect(JSON.stringify(diagnostics)).not.toContain('hunter2')
})
