import type { Agent } from '../../src/agent/agent.ts'
import { plainScript } from '../../src/agent/build-tool.ts'
import { buildControl } from '../../src/agent/control-tool.ts'
import type { McpServer } from '../../src/agent/mcp-server.ts'
import { compileParameters } from '../../src/agent/parameters.ts'
import type { ScriptTool, Tool } from '../../src/agent/tool.ts'

/** A whole agent: the defaults of the file format, with the changes of a test. */
export function agentWith(changes: Partial<Agent> = {}): Agent {
  const agent: Agent = {
    version: 1,
    name: 'desk',
    model: 'openai/gpt-4.1-mini',
    voice: 'Clive',
    instructions: 'You are at the desk.',
    output_modalities: ['audio', 'text'],
    stt: { model: 'assemblyai/u3-rt-pro' },
    tts: { model: 'inworld-tts-1.5-max' },
    greeting_interruptible: true,
    limits: { max_tool_calls_in_flight: 8 },
    turn_detection: { type: 'semantic_vad', create_response: true, interrupt_response: true },
    audio: { input: { format: 'pcm', rate: 24000 }, output: { format: 'pcm', rate: 24000 } },
    connection: {
      base_url: 'wss://api.inworld.ai/api/v1/realtime/session',
      auth: 'basic',
      api_key_env: 'INWORLD_API_KEY',
      start_audio_paused: false,
      connect_timeout: '10s',
      confirm_timeout: '5s',
    },
    reload: { apply: 'turn', ack_timeout: '3s' },
    tools: [],
    hooks: {},
    servers: [],
    provider_data: {},
    file: 'agents/desk.yaml',
    hash: '',
    places: new Map([
      ['voice', place(3)],
      ['stt', place(5)],
      ['stt.model', place(6)],
      ['instructions', place(4)],
    ]),
    references: new Map(),
    ...changes,
  }
  return { ...agent, hash: JSON.stringify({ ...agent, places: undefined }) }
}

/** A script tool: the defaults of the file format, with the changes of a test. */
export function toolNamed(name: string, changes: Partial<ScriptTool> = {}): ScriptTool {
  const script = plainScript(name, ['/bin/true'], '/')
  return { ...script, description: `Does ${name}.`, parameters: { type: 'object' }, ...changes }
}

/** An MCP server that is started as a program, in the same way. */
export function serverNamed(name: string, changes: Partial<McpServer> = {}): McpServer {
  const { timeoutMs, maxOutputBytes, confirm, background, onInterrupt, concurrency, sayAfter } = toolNamed('any')
  return {
    name,
    reach: { kind: 'command', command: ['/bin/true'], cwd: '/', env: [], named: [] },
    include: null,
    manners: { timeoutMs, maxOutputBytes, confirm, background, onInterrupt, concurrency, sayAfter },
    ...changes,
  }
}

/** A control tool, in the same way. */
export function controlNamed(control: 'end_call' | 'set_voice', voices = ['Sarah', 'Dennis']): Tool {
  const { timeoutMs, maxOutputBytes, confirm, background, onInterrupt, concurrency, sayAfter } = toolNamed('any')
  const manners = { timeoutMs, maxOutputBytes, confirm, background, onInterrupt, concurrency, sayAfter }
  return buildControl(control === 'set_voice' ? { control, voices } : { control }, manners, (parameters) => {
    const checker = compileParameters(parameters)
    return typeof checker === 'string' ? () => [checker] : checker
  })
}

function place(line: number) {
  return { file: 'agents/desk.yaml', start: { line, column: 8, offset: 0 }, end: { line, column: 12, offset: 4 } }
}
