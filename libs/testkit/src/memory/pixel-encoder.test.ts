import { imageEncoderContract, PixelEncoder } from '#testkit';

imageEncoderContract('the pixel encoder', async () => new PixelEncoder());
