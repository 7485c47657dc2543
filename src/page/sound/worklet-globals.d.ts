/** What an AudioWorklet finds around it; TypeScript's DOM library leaves it out. */
declare const sampleRate: number
declare function registerProcessor(name: string, processor: new (options: AudioWorkletNodeOptions) => object): void
declare class AudioWorkletProcessor {
  readonly port: MessagePort
}
