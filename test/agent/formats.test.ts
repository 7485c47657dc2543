import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import schema from '../../schemas/diagnostics.schema.json' with { type: 'json' }
import { createReport, type FindingsReport } from '../../src/agent/findings.ts'
import { formatCodeframe } from '../../src/agent/formats/codeframe.ts'
import { formatGithub, githubSummary } from '../../src/agent/formats/github.ts'
import { formatGitlab } from '../../src/agent/formats/gitlab.ts'
import { formatJson } from '../../src/agent/formats/json.ts'
import { formatJunit } from '../../src/agent/formats/junit.ts'
import { formatLine } from '../../src/agent/formats/line.ts'
import { formatSarif } from '../../src/agent/formats/sarif.ts'
import { load } from '../helpers/agent-files.ts'
import { root } from '../helpers/cli.ts'

const sixMistakes = readFileSync(join(root, 'test/fixtures/agents/six-mistakes.bad.yaml'), 'utf8')
const good = 'version: 1\nname: desk\ninstructions: Be brief.\n'

describe('json', () => {
  test.each([
    ['a file of mistakes', sixMistakes],
    ['a clean file', good],
  ])('%s matches the schema', (_, text) => {
    const validate = new Ajv().compile(schema)
    expect([validate(JSON.parse(formatJson(reportOn(text)))), validate.errors]).toEqual([true, null])
  })

  test('fingerprints are unique, and stay the same when lines are added above', () => {
    const twice = `${good}vioce: A\nvioce: B\nvioce: C\n`
    const prints = (report: FindingsReport) => report.findings.map(({ fingerprint }) => fingerprint)
    const before = prints(reportOn(twice))
    expect(new Set(before).size).toBe(before.length)
    expect(prints(reportOn(`# a comment\n\n${twice}`))).toEqual(before)
  })
})

describe('line', () => {
  test('each finding is one line: place, level, rule, message, help', () => {
    expect(formatLine(reportOn(sixMistakes)).split('\n')[0]).toBe(
      'agents/desk.yaml:3:1: error RV109: "instruction" is called instructions here. Write instructions instead.',
    )
    expect(formatLine(reportOn(sixMistakes)).split('\n')).toHaveLength(6 + 1)
  })

  test('a name with line breaks in it stays on one line', () => {
    const text = formatLine(reportOn(`${good}voice: 1\n"a\\nb.yaml:1:1: error":  2\n`))
    expect(text.trimEnd().split('\n')).toHaveLength(2)
  })
})

describe('codeframe', () => {
  test('errors and warnings have their frames, notes a line each, and the count comes last', () => {
    const report = withMany({ errors: 1, warnings: 1 })
    const [error, warning] = report.findings
    const frame = ({ level }: { level: string }) => `frame of the ${level}`
    expect(formatCodeframe(report, frame)).toMatch(/^frame of the error\n\nframe of the warning\n\n\S.*\n$/)
    const note = { ...error, level: 'note' } as NonNullable<typeof error>
    const findings = [note, warning].filter((each) => each !== undefined)
    expect(formatCodeframe({ ...report, findings }, frame)).toMatch(
      /^frame of the warning\n\nagents\/desk\.yaml:1:1: note RV101: .*\n\n\S.*\n$/,
    )
  })
})

describe('github', () => {
  test('an annotation names file, lines, columns and rule', () => {
    expect(formatGithub(reportOn(`${good}vioce: Sarah\n`)).split('\n')[0]).toMatch(
      /^::error file=agents\/desk\.yaml,line=4,endLine=4,col=1,endColumn=6,title=RV101::unknown key "vioce"\. Did you mean voice\?/,
    )
  })

  test('an annotation of several lines has no columns, which GitHub reads in one line alone', () => {
    const [line] = formatGithub(reportOn(`${good}voice: {\n  a: 1 }\n`)).split('\n')
    expect(line).toMatch(/^::error file=agents\/desk\.yaml,line=4,endLine=5,title=RV104::/)
  })

  test('characters that would end a property or the line are escaped', () => {
    const finding = reportOn(`${good}vioce: Sarah\n`).findings[0]
    if (finding === undefined) throw new Error('the file has a fault')
    const diagnostics = [{ ...finding, file: 'a,b:c%.yaml', message: '100%\r\n::error::b\u001b[2J' }]
    const [line] = formatGithub(createReport({ runner: '1', files: [], diagnostics })).split('\n')
    expect(line).toContain('file=a%2Cb%3Ac%25.yaml,')
    expect(line).toContain('::100%25%0D%0A::error::b?[2J. ')
  })

  test('errors come first; beyond ten of a level, the tenth counts the rest, which are plain lines', () => {
    const report = withMany({ errors: 24, warnings: 11 })
    const lines = formatGithub(report).trimEnd().split('\n')
    const annotations = lines.filter((line) => line.startsWith('::'))
    expect(annotations.map((line) => line.split(' ')[0])).toEqual([
      ...Array(10).fill('::error'),
      ...Array(10).fill('::warning'),
    ])
    expect(annotations[9]).toContain('And 14 errors more: see the summary.')
    expect(annotations[19]).toContain('And 1 warning more: see the summary.')
    expect(annotations.filter((line) => line.includes('more: see'))).toHaveLength(2)
    expect(lines.filter((line) => !line.startsWith('::'))).toHaveLength(14 + 1 + 1)
  })

  test('ten errors need no count of more', () => {
    expect(formatGithub(withMany({ errors: 10, warnings: 0 }))).not.toContain('more')
  })

  test('the step summary lists findings as escaped text, within the size that GitHub accepts', () => {
    const table = githubSummary(withMany({ errors: 24, warnings: 11 }))
    expect(table.split('\n').filter((line) => /^\| (error|warning)/.test(line))).toHaveLength(35)
    expect(githubSummary(reportOn(`${good}"a|<b>\`c": 1\n`))).toContain('a\\|&lt;b>\\`c')
    const huge = githubSummary(withMany({ errors: 20_000, warnings: 0 }))
    expect(Buffer.byteLength(huge)).toBeLessThan(2 ** 20)
    expect(huge).toMatch(/And \d+ more\.\n\n$/)
  })
})

describe('gitlab', () => {
  test('a finding has description, rule, fingerprint, severity, path and line', () => {
    expect(JSON.parse(formatGitlab(reportOn(`${good}vioce: Sarah\n`)))).toEqual([
      {
        description: expect.stringMatching(/^unknown key "vioce"\. Did you mean voice\?/),
        check_name: 'RV101',
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
        severity: 'major',
        location: { path: 'agents/desk.yaml', lines: { begin: 4, end: 4 } },
      },
    ])
  })

  test('a path begins at the root of the repository, without ./', () => {
    const report = reportOn(`${good}vioce: Sarah\n`)
    const findings = report.findings.map((finding) => ({ ...finding, file: './desk.yaml' }))
    expect(JSON.parse(formatGitlab({ ...report, findings }))).toMatchObject([{ location: { path: 'desk.yaml' } }])
  })

  test('a clean file is an empty list', () => {
    expect(formatGitlab(reportOn(good))).toBe('[]\n')
  })

  test('levels are mapped to GitLab severities', () => {
    const issues = JSON.parse(formatGitlab(withMany({ errors: 1, warnings: 1 })))
    expect(issues.map(({ severity }: { severity: string }) => severity)).toEqual(['major', 'minor'])
  })
})

describe('sarif', () => {
  const {
    $schema: _draft,
    id: _id,
    ...official
  } = JSON.parse(readFileSync(join(root, 'test/fixtures/sarif-2.1.0.schema.json'), 'utf8'))
  const formats = {
    uri: (text: string) => URL.canParse(text),
    'uri-reference': /^[^\s\\<>"{}|^`]*$/,
    'date-time': true,
  } as const
  const validate = new Ajv({ strict: false, formats }).compile(official)

  test.each([
    ['a file of mistakes', sixMistakes],
    ['a clean file', good],
    ['a fault at the very start', 'name: desk\n'],
  ])('%s matches the official schema of SARIF 2.1.0', (_, text) => {
    expect([validate(JSON.parse(formatSarif(reportOn(text)))), validate.errors]).toEqual([true, null])
  })

  test('a result names rule, level, place in code points, and a fingerprint', () => {
    const { runs } = JSON.parse(formatSarif(reportOn(`${good}x-a: {"🙂": 1, "🙂": 2}\n`)))
    expect(runs[0]).toMatchObject({ columnKind: 'unicodeCodePoints', tool: { driver: { name: 'runner' } } })
    const [result] = runs[0].results
    expect(runs[0].tool.driver.rules[result.ruleIndex]).toMatchObject({
      id: result.ruleId,
      shortDescription: { text: 'A key stands twice.' },
    })
    expect(result).toMatchObject({
      ruleId: 'RV003',
      level: 'error',
      partialFingerprints: { 'runner/v1': expect.any(String) },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'agents/desk.yaml', uriBaseId: '%SRCROOT%' },
            region: { startLine: 4, startColumn: 15, endLine: 4, endColumn: 18 },
          },
        },
      ],
    })
  })

  test('a path is written as a URI: relative to the checkout, or absolute', () => {
    const [finding] = reportOn(`${good}vioce: Sarah\n`).findings
    if (finding === undefined) throw new Error('the file has a fault')
    const files = ['./a b/ü#.yaml', '/srv/c:1.yaml']
    const diagnostics = files.map((file) => ({ ...finding, file, fingerprint: file }))
    const log = JSON.parse(formatSarif(createReport({ runner: '1', files, diagnostics })))
    const uris = log.runs[0].results.map(
      (result: { locations: { physicalLocation: { artifactLocation: unknown } }[] }) =>
        result.locations[0]?.physicalLocation.artifactLocation,
    )
    expect(uris).toEqual([{ uri: 'a%20b/%C3%BC%23.yaml', uriBaseId: '%SRCROOT%' }, { uri: 'file:///srv/c%3A1.yaml' }])
    expect(validate(log)).toBe(true)
  })
})

describe('junit', () => {
  const frame = ({ rule }: { rule: string }) => `frame of ${rule}`

  test('a file is a suite, a group of rules a case, and a failure holds the code frames', () => {
    const report = reportOn(`${good}vioce: Sarah\ntemperature: warm\ntool_choice: {type: function, name: absent}\n`)
    expect(readXml(formatJunit(report, { frame, failOn: 'error' }))).toEqual([
      ['testsuites', 'runner validate', '8', '2'],
      ['testsuite', 'agents/desk.yaml', '8', '2'],
      ['testcase', 'reading', ''],
      ['testcase', 'shape', 'frame of RV101\n\nframe of RV104'],
      ['testcase', 'references', 'frame of RV205'],
      ...['voice', 'secrets', 'tools', 'prompt', 'conversation'].map((group) => ['testcase', group, '']),
    ])
  })

  test('each file is a suite of its own, also one that is clean and one that is checked by another', () => {
    const report = reportOn(`${good}vioce: Sarah\n`)
    const findings = report.findings.map((finding) => ({ ...finding, file: 'agents/_base.yaml' }))
    const xml = readXml(formatJunit({ ...report, findings }, { frame, failOn: 'error' }))
    expect(xml.filter(([element]) => element?.startsWith('testsuite'))).toEqual([
      ['testsuites', 'runner validate', '16', '1'],
      ['testsuite', 'agents/desk.yaml', '8', '0'],
      ['testsuite', 'agents/_base.yaml', '8', '1'],
    ])
  })

  test('a clean file is a suite in which every case passed', () => {
    expect(readXml(formatJunit(reportOn(good), { frame, failOn: 'error' }))[1]).toEqual([
      'testsuite',
      'agents/desk.yaml',
      '8',
      '0',
    ])
  })

  test('a finding that decides the exit code fails its case, and any other is output of it', () => {
    const text = formatJunit(withMany({ errors: 0, warnings: 2 }), { frame, failOn: 'error' })
    expect(text).toContain('<system-out>frame of RV101\n\nframe of RV101</system-out>')
    expect(text).not.toContain('<failure')
    const strict = formatJunit(withMany({ errors: 0, warnings: 2 }), { frame, failOn: 'warning' })
    expect(strict).toContain('<failure message="2 findings" type="RV101">frame of RV101')
  })

  test('characters that XML cannot hold are replaced, and markup is escaped', () => {
    const hostile = '<a b="c">&]]>\u0000\u001b[31m\ud800\uffff'
    const text = formatJunit(reportOn(`${good}vioce: Sarah\n`), { frame: () => hostile, failOn: 'error' })
    expect(readXml(text)[3]).toEqual(['testcase', 'shape', '<a b="c">&]]>??[31m\ufffd?'])
  })
})

/** What an XML parser that shares nothing with us makes of it. */
function readXml(text: string): readonly (readonly string[])[] {
  const code = `
import json, sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
rows = [[e.tag, e.get("name"), e.get("tests"), e.get("failures")] if e.tag != "testcase" else [e.tag, e.get("name"), e.findtext("failure") or ""]
        for e in root.iter() if e.tag in ("testsuites", "testsuite", "testcase")]
print(json.dumps(rows))`
  const { stdout, stderr, status } = spawnSync('python3', ['-c', code], { input: text, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

function reportOn(text: string): FindingsReport {
  const { diagnostics } = load({ 'agents/desk.yaml': text })
  return createReport({ runner: '1.0.0', files: ['agents/desk.yaml'], diagnostics })
}

function withMany({ errors, warnings }: { errors: number; warnings: number }): FindingsReport {
  const [finding] = reportOn(`${good}vioce: Sarah\n`).findings
  if (finding === undefined) throw new Error('the file has a fault')
  const diagnostics = Array.from({ length: errors + warnings }, (_, index) => {
    const start = { line: index + 1, column: 1, offset: index }
    const level = index < errors ? ('error' as const) : ('warning' as const)
    return { ...finding, level, range: { start, end: start } }
  })
  return createReport({ runner: '1.0.0', files: ['agents/desk.yaml'], diagnostics })
}
