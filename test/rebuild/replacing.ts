type Method = (...args: never[]) => unknown;

/** A port with some of its methods replaced. An object of its own, and no proxy: schedules call ports millions of times. */
export function replacing<Port extends object>(port: Port, methods: Partial<Port>): Port {
  return { ...bound(port, (_, method) => method), ...methods } as Port;
}

/** All methods of a port, each as what `wrap` makes of it. */
export function bound<Port extends object>(port: Port, wrap: (name: string, method: Method) => Method): Port {
  const methods: Record<string, Method> = {};
  for (let from: object | null = port; from !== null && from !== Object.prototype; from = Object.getPrototypeOf(from)) {
    for (const name of Object.getOwnPropertyNames(from)) {
      const { value } = Object.getOwnPropertyDescriptor(from, name) ?? {};
      if (name in methods || name === 'constructor' || typeof value !== 'function') continue;
      methods[name] = wrap(name, value.bind(port));
    }
  }
  return methods as Port;
}
