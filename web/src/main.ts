import './ui/appbar.ts';
import './ui/app.ts';
