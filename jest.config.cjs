/** Tests run on the build, so a test, a worker thread and production resolve every import the same way (docs/adr/0001). */
module.exports = {
  rootDir: 'dist',
  testMatch: ['**/*.test.js'],
  testPathIgnorePatterns: ['/node_modules/'],
  transform: {},
  testEnvironment: 'node',
  testTimeout: 30_000,
  maxWorkers: 2,
  workerIdleMemoryLimit: '1GB',
};
