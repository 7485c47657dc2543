import { describe, expect, test } from 'vitest'
import { diagnosticLines, load } from '../helpers/agent-files.ts'

const PARAMETERS =
  'parameters: { type: object, required: [id], properties: { id: { type: string, description: Its id. }, q: { type: string, description: Words. } } }'

function fileOf(http: string, parameters = PARAMETERS): string {
  return `version: 1\nname: desk\ninstructions: Hi.\ntools:\n  - name: ask\n    description: Asks.\n    http: ${http}\n    ${parameters}\n`
}

/** The rules that an http tool breaks, in order, without the place. */
function rules(http: string, parameters = PARAMETERS): readonly string[] {
  return diagnosticLines(load({ 'agents/desk.yaml': fileOf(http, parameters) })).map((line) =>
    line.split(' ').slice(1).join(' '),
  )
}

test.each([
  ['{ url: "https://shop.example/a/{id}?q={q}" }'],
  ['{ url: "HTTPS://Shop.example:8443/a?x={{{{id}}}}" }'],
  [`{ url: "https://shop.example/a", method: POST, body: { a: "{{b}}", b: "<b> :id", c: "\${id}" } }`],
  ['{ url: "http://localhost:8080/a", allow_private: [localhost] }'],
  ['{ url: "http://[::1]:8080/a", allow_private: ["::1"] }'],
  [
    '{ url: "https://shop.example/", method: POST, body: { a: "{id}", b: [1, "{q}"], c: null }, headers: { X-A: "{q}" } }',
  ],
])('%s has no fault', (http) => {
  expect(rules(http)).toEqual([])
})

test.each([
  ['{ url: "https://{id}/a" }', 'RV517', 'placeholder in its host'],
  ['{ url: "https://{nope}/a" }', 'RV517', 'placeholder in its host'],
  ['{ url: "https://{id}.shop.example/a" }', 'RV517', 'placeholder in its host'],
  ['{ url: "{id}://shop.example/a" }', 'RV517', 'placeholder in its host'],
  ['{ url: "https://shop.example:{id}/a" }', 'RV517', 'placeholder in its host'],
  ['{ url: "https://{id}@shop.example/a" }', 'RV517', 'placeholder in its host'],
  ['{ url: "https:{id}/a" }', 'RV517', 'no http address'],
  ['{ url: "https:///{id}/a" }', 'RV517', 'no http address'],
  ['{ url: "https:\\\\\\\\{id}\\\\a" }', 'RV517', 'no http address'],
  ['{ url: "ftp://shop.example/a" }', 'RV517', 'no http address'],
  ['{ url: "/orders/{id}" }', 'RV517', 'no http address'],
  ['{ url: "https://user@shop.example/a" }', 'RV517', 'holds a user'],
  ['{ url: "https://:pass@shop.example/a" }', 'RV517', 'holds a user'],
  ['{ url: "https://shop.example/a#part" }', 'RV517', 'fragment'],
  ['{ url: "https://shop.example/a/../b/{id}" }', 'RV517', 'step upward'],
  ['{ url: "https://shop.example/a/.%2e/b/{id}" }', 'RV517', 'step upward'],
  ['{ url: "https://shop.example/a", body: { a: 1 } }', 'RV517', 'belongs to no GET'],
  ['{ url: "https://shop.example/{number}" }', 'RV513', 'places {number}, which is no parameter'],
  ['{ url: "https://shop.example/{q}" }', 'RV513', 'calls may leave it out'],
  ['{ url: "https://shop.example/a", method: POST, body: { a: [{ b: "{nope}" }] } }', 'RV513', '{nope}'],
  ['{ url: "https://shop.example/a", headers: { X-A: "{nope}" } }', 'RV513', '{nope}'],
  ['{ url: "http://127.0.0.1/a" }', 'RV514', '127.0.0.1, which is a private address'],
  ['{ url: "http://2130706433/a" }', 'RV514', '127.0.0.1'],
  ['{ url: "http://[::ffff:127.0.0.1]/a" }', 'RV514', 'private'],
  ['{ url: "http://10.0.0.1/a", allow_private: [localhost] }', 'RV514', '10.0.0.1'],
  ['{ url: "https://shop.example/a", headers: { Host: other } }', 'RV107', 'headers'],
  ['{ url: "https://shop.example/a", headers: { "a b": other } }', 'RV107', 'headers'],
  ['{ url: "https://shop.example/a", run: ./x }', 'RV101', 'run'],
  [
    '{ url: "https://shop.example/a", headers: { X-A: a, x-b: b, X-B: c } }',
    'RV003',
    'X-B in tools[0].http.headers is x-b once more',
  ],
])('%s breaks %s', (http, rule, words) => {
  expect(rules(http)).toEqual([expect.stringMatching(new RegExp(`^${rule} .*`))])
  expect(rules(http)[0]).toContain(words)
})

describe('an argument in the syntax of another tool is a warning, since it is sent as text', () => {
  test.each([
    [
      '{ url: "https://shop.example/a?x={{id}}" }',
      'http.url holds {{id}}, which places no argument',
      'https://shop.example/a?x={id}',
    ],
    ['{ url: "https://shop.example/a/{{ id }}" }', 'http.url holds {{ id }}, which', 'https://shop.example/a/{id}'],
    ['{ url: "https://shop.example/a/{ id }" }', 'http.url holds { id }, which', 'https://shop.example/a/{id}'],
    ['{ url: "https://shop.example/a/:id?q={q}" }', 'http.url holds :id, which', 'https://shop.example/a/{id}?q={q}'],
    ['{ url: "https://shop.example/a/<id>" }', 'http.url holds <id>, which', 'https://shop.example/a/{id}'],
    [
      '{ url: "https://shop.example/", method: POST, body: { a: ["{{id}}"] } }',
      'http.body.a[0] holds {{id}}, which',
      '{id}',
    ],
    ['{ url: "https://shop.example/", headers: { X-A: "{{nope}}" } }', 'http.headers.X-A holds {{nope}}, which', null],
  ])('%s', (http, words, right) => {
    const { status, diagnostics } = load({ 'agents/desk.yaml': fileOf(http) })
    expect(status).toBe('loaded')
    expect(diagnostics).toMatchObject([{ rule: 'RV521', level: 'warning', message: expect.stringContaining(words) }])
    expect(diagnostics[0]?.suggest?.[0]?.replace ?? null).toBe(right === null ? null : JSON.stringify(right))
  })
})

describe('a placeholder that does not match the parameters is one fault', () => {
  const property = '{ order: { type: string, description: Its number. } }'
  test.each([
    [
      `{ type: object, required: [id], properties: ${property} }`,
      '8:44 RV513 It is required, and not declared: write id under properties.',
    ],
    [
      `{ type: object, required: [id], properties: ${property.replace('order', 'idd')} }`,
      '8:44 RV513 It is required, and not declared: write id under properties, in the place of idd.',
    ],
    [
      `{ type: object, required: [idd], properties: ${property.replace('order', 'idd')} }`,
      '7:18 RV513 Did you mean {idd}? The parameters are: idd.',
    ],
    [
      `{ type: object, required: [idd], properties: ${property.replace('order', 'id')} }`,
      '8:44 RV513 Write id in the place of idd.',
    ],
    [`{ type: object, properties: ${property} }`, '7:18 RV513 The parameters are: order.'],
    ['{ type: object, properties: {} }', '7:18 RV513 Declare it under parameters.'],
    [
      `{ type: object, required: [id], property: ${property.replace('order', 'id')} }`,
      '8:49 RV513 Write properties in the place of "property".',
    ],
    [
      `{ type: object, require: [id], properties: ${property.replace('order', 'id')} }`,
      '8:33 RV513 Write required in the place of "require".',
    ],
    [
      '{ type: object, properties: { id: { type: string, description: Its id., required: true } } }',
      '8:99 RV511 Remove it, and write required: [id] beside properties.',
    ],
  ])('%s', (parameters, line) => {
    const { diagnostics } = load({
      'agents/desk.yaml': fileOf('{ url: "https://a.example/{id}" }', `parameters: ${parameters}`),
    })
    expect(
      diagnostics.map(({ range: { start }, rule, help }) => `${start.line}:${start.column} ${rule} ${help}`),
    ).toEqual([line])
  })
})

test.each([{}, { KEY: 'a-secret' }])(
  'a fault beside a variable that is read at the call is reported, set or not: %j',
  (env) => {
    const http = `{ url: "https://shop.example/a#b?k=\${env:KEY}", headers: { X-A: "\${env:KEY} {nope}" } }`
    const { diagnostics } = load({ 'agents/desk.yaml': fileOf(http) }, { env })
    expect(diagnostics.filter(({ rule }) => rule !== 'RV207').map(({ rule, message }) => `${rule} ${message}`)).toEqual(
      [
        'RV517 tools[0].http.url has a fragment, which is never sent',
        'RV513 tools[0].http.headers.X-A places {nope}, which is no parameter',
      ],
    )
  },
)

test('a placeholder of a tool without parameters is a fault', () => {
  expect(rules('{ url: "https://shop.example/{id}" }', 'timeout: 1s')).toEqual([expect.stringContaining('RV513')])
})
