/** An address without what it may carry for nobody to see: a password, a key in its query. References to variables stay. */
export function withoutSecrets(address: string): string {
  return address
    .replace(/\/\/[^/@?#]*@/, '//***@')
    .replaceAll(/([?&][^=&#]*(?:key|token|secret|password|signature|auth)[^=&#]*=)(?!\$\{env:)[^&#]+/gi, '$1***')
}
