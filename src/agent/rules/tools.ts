import type { RuleTable } from './rule.ts'

/** RV501 to RV529: what the model may call. */
export const TOOL_RULES = {
  RV501: {
    level: 'error',
    title: 'a tool script is missing',
    help: 'A path with a slash is relative to the file that names it; a bare name is looked up on the PATH.',
    validExample: 'tools:\n  - { name: look_up, description: Looks something up., run: ./tools/fine.sh }',
    mayBeLowered: true,
  },
  RV502: {
    level: 'error',
    title: 'a tool script is not executable',
    help: 'Run chmod +x on it; with git, git update-index --chmod=+x as well. Or name its interpreter: [python3, ./tools/quote.py].',
    validExample: 'tools:\n  - { name: look_up, description: Looks something up., run: ./tools/fine.sh }',
    mayBeLowered: true,
  },
  RV503: {
    level: 'error',
    title: 'the interpreter of a tool script is missing',
    help: 'The first line of the script names none (#!/usr/bin/env python3), or it or run names a program that is not on this machine. A warning at the start: another tool may be all that is needed.',
    validExample: 'tools:\n  - { name: look_up, description: Looks something up., run: [./tools/fine.sh, --all] }',
    mayBeLowered: true,
  },
  RV504: {
    level: 'error',
    title: 'the first line of a tool script ends in CRLF',
    help: 'The system looks for an interpreter whose name ends in a carriage return, and says that the script is missing. Save it with LF line ends.',
    validExample: 'tools:\n  - { name: look_up, description: Looks something up., run: ./tools/fine.sh }',
    mayBeLowered: true,
  },
  RV505: {
    level: 'warning',
    title: 'a parameter without a description',
    help: 'The model fills in parameters by their names and descriptions alone. Say what each is, and in what form.',
    validExample:
      'tools:\n  - name: look_up\n    description: Looks something up.\n    run: ./tools/fine.sh\n    parameters:\n      type: object\n      properties: { number: { type: string, description: "A letter, a dash, four digits." } }',
  },
  RV506: {
    level: 'error',
    title: 'a limit out of range',
    help: 'The caller waits in silence: 100ms to 10m for timeout, up to 10s for kill_after, 500ms to 30s for reload.ack_timeout, 1s to 1m for connection.connect_timeout, 500ms to 1m for connection.confirm_timeout, up to 2s for interruption.min_speech, up to 10s for interruption.resume_after. Under limits, 8MB to 64GB and 1s to 10m.',
    validExample: 'tools:\n  - { name: look_up, description: Looks something up., run: ./tools/fine.sh, timeout: 8s }',
  },
  RV507: {
    level: 'error',
    title: 'what a tool asks to be held by is missing',
    help: 'A sandbox is built by bubblewrap (bwrap), limits are set by prlimit of util-linux. A tool that asks for either does not run without it. A warning at the start: another tool may be all that is needed.',
    validExample:
      'tools:\n  - name: look_up\n    description: Looks something up.\n    run: ./tools/fine.sh\n    limits: { memory: 256MB, cpu: 5s, files: 64 }',
    mayBeLowered: true,
  },
  RV508: {
    level: 'error',
    title: 'the description of a tool is too long',
    help: 'The model reads the descriptions of all tools before each answer: 1,000 characters at most. Say what it does and when to use it.',
    validExample: 'tools:\n  - { name: look_up, description: Looks something up., run: ./tools/fine.sh }',
  },
  RV509: {
    level: 'error',
    title: 'parameters that are too deep or too large',
    help: 'At most 24 deep and 2,000 values: the model reads all of them before each answer, and each call is checked against all.',
    validExample:
      'tools:\n  - name: look_up\n    description: Looks something up.\n    run: ./tools/fine.sh\n    parameters:\n      type: object\n      properties: { number: { type: string, description: Its number. } }',
  },
  RV510: {
    level: 'warning',
    title: 'a tool behind a slow launcher',
    help: 'npx, uv run and their like look for the program, or build it, at each call: the caller waits in silence for a second or more. Install or build it beforehand, and run the program itself.',
    validExample: 'tools:\n  - { name: look_up, description: Looks something up., run: ./tools/fine.sh }',
  },
  RV511: {
    level: 'error',
    title: 'parameters are not a valid JSON Schema',
    help: 'The model is sent them as they stand, and calls are checked against them. At the top stands type: object.',
    validExample:
      'tools:\n  - name: look_up\n    description: Looks something up.\n    run: ./tools/fine.sh\n    parameters:\n      type: object\n      properties: { number: { type: string, description: Its number. } }',
  },
  RV512: {
    level: 'error',
    title: 'settings of a tool that do not go together',
    help: 'network is decided by a sandbox alone; limits.cpu is counted over the life of a process, and a worker lives on from call to call; nobody waits for a call in the background, so that nothing is said meanwhile and no interruption ends it.',
    validExample: 'tools:\n  - { name: look_up, description: Looks something up., run: ./tools/fine.sh, timeout: 8s }',
    mayBeLowered: true,
  },
  RV513: {
    level: 'error',
    title: 'a placeholder that is no parameter of its tool',
    help: 'Each {name} of a request is one of the parameters; one in the path is required besides, since a path with a hole is another path. {{ and }} are braces.',
    validExample:
      'tools:\n  - name: look_up\n    description: Looks something up.\n    http: { url: "https://shop.example/orders/{number}" }\n    parameters: { type: object, required: [number], properties: { number: { type: string, description: Its number. } } }',
  },
  RV514: {
    level: 'error',
    title: 'a private address that is not allowed by name',
    help: 'What listens on this machine or in its network often asks for no password. A name that leads to a private address is refused when the request is made.',
    validExample:
      'tools:\n  - name: look_up\n    description: Looks something up.\n    http: { url: "http://localhost:8080/orders", allow_private: [localhost] }',
  },
  RV517: {
    level: 'error',
    title: 'an http tool whose request cannot be made',
    help: 'Its url is an http address whose host, user and fragment are no business of the model: {name} may stand in the path and the query alone. A GET has no body.',
    validExample:
      'tools:\n  - name: look_up\n    description: Looks something up.\n    http: { url: "https://shop.example/orders/{number}" }\n    parameters: { type: object, required: [number], properties: { number: { type: string, description: Its number. } } }',
  },
  RV518: {
    level: 'warning',
    title: 'a tool script that anybody may change',
    help: 'Whoever has an account on this machine could have the runner do what he likes. Run chmod o-w on it.',
    validExample:
      'tools:\n  - { name: look_up, description: Looks something up., run: ./tools/fine.sh, parameters: { type: object } }',
  },
  RV519: {
    level: 'warning',
    title: 'parameters that do not mean what they seem to',
    help: 'A word that JSON Schema does not know is passed over, a required property that is not declared can hardly be given, and nothing fits bounds that are exchanged or a choice of another type: all are most often slips of the hand.',
    validExample:
      'tools:\n  - name: look_up\n    description: Looks something up.\n    run: ./tools/fine.sh\n    parameters:\n      type: object\n      required: [number]\n      properties: { number: { type: string, description: Its number., pattern: "^[0-9]+$" } }',
  },
  RV520: {
    level: 'error',
    title: 'a pattern that may take for ever',
    help: 'Patterns in parameters are checked in time that grows with the text alone, so they cannot look back or refer back. A pattern that other engines may be held up by, such as (a+)+$, is a warning.',
    validExample:
      'tools:\n  - name: look_up\n    description: Looks something up.\n    run: ./tools/fine.sh\n    parameters:\n      type: object\n      properties: { number: { type: string, description: Its number., pattern: "^[A-Z]-[0-9]{4}$" } }',
  },
  RV521: {
    level: 'warning',
    title: 'an argument that is placed in a form of others',
    help: 'A request places an argument where its name stands in single braces: {number}. Two braces are one that is sent, and {{number}}, /:number or <number> go out as text.',
    validExample:
      'tools:\n  - name: look_up\n    description: Looks something up.\n    http: { url: "https://shop.example/orders/{number}" }\n    parameters: { type: object, required: [number], properties: { number: { type: string, description: Its number. } } }',
  },
  RV522: {
    level: 'warning',
    title: 'a hook whose argument is another script',
    help: 'A hook is one program, or a list of a program and its fixed arguments: of two scripts in the list, the second is not run. Let one script start the other; where the first is made to run what it is given, say so in a comment that ignores this.',
    validExample: 'hooks: { session_ended: [./tools/fine.sh, --shop, berlin] }',
  },
  RV515: {
    level: 'error',
    title: 'an mcp server that cannot be reached as it is written',
    help: 'A server is started by command (with cwd and env) or reached at url (with headers and allow_private): one of the two.',
    validExample: 'tools:\n  - mcp: { url: "https://mcp.shop.example/mcp", include: [look_up] }',
  },
  RV516: {
    level: 'error',
    title: 'a control tool that is offered wrongly',
    help: 'A control is offered once: end_call as it is, set_voice with the voices that may be chosen.',
    validExample: 'tools:\n  - control: end_call\n  - { control: set_voice, voices: [Sarah, Clive] }',
  },
} as const satisfies RuleTable
