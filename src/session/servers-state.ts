import type { McpServer } from '../agent/mcp-server.ts'
import type { OmittedTools } from './settings/listed-tools.ts'

/** What a conversation knows of the MCP servers whose tools it has. */
export interface McpServersState {
  /** The servers the world was asked for. */
  readonly requested: readonly McpServer[]
  /** Names of the servers that have failed and have listed nothing since. */
  readonly failed: readonly string[]
  /** Whether the first settings wait for what the servers list; `over` once that took too long. */
  readonly opening: 'no' | 'waits' | 'over'
  /** The tools left out of the conversation that the author was told of. */
  readonly reportedOmissions: readonly OmittedTools[]
}

export const NO_MCP_SERVERS: McpServersState = { requested: [], failed: [], opening: 'no', reportedOmissions: [] }
