export { element, escapeText, namespaceAttribute, XmlCompiler } from './codec.ts';
