// A thread of the application: importing the package is all it takes.
import { getLogger } from 'hft-otel';

getLogger('thread').info('from a thread');
