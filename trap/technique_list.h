#include "trap/techniques.h"
