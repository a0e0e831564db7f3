#include "tests/harness.h"
#include "tests/trap/lab_kernel.h"
#include "trap/techniques.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static FILE *out;
static void hear(void *owner, const struct event *e){(void)owner; fprintf(out,"%"PRIu64" %s eip %08x cyc %u vec %d err %x addr %08x %s | %s\n", e->cycle, event_kind_name(e->kind), e->eip, e->cycles, e->has_vector? e->vector:-1, e->error, e->address, e->reason?e->reason:"-", e->action?e->action:"-");}
int main(int argc,char**argv){ (void)argc; struct vm_mode m; char err[200]; if(!mode_parse(technique_list(),argv[1],&m,err,200)) {puts(err);return 1;}
 uint64_t slice=strtoull(argv[2],0,0); out=fopen(argv[3],"w");
 struct vm *vm=lab_kernel_new(&m,argv[4],NULL); struct event_reader r={.kinds=EVENT_KINDS_ALL,.read=hear}; event_add_reader(&vm->events,&r);
 enum vm_end end=VM_RUNNING; uint64_t next=slice;
 if(slice==1) { while(end==VM_RUNNING) end=vm_step(vm);} else while(end==VM_RUNNING){ end=vm_run(vm, next); next=vm->clock+slice; }
 printf("%s slice %"PRIu64" clock %"PRIu64" digest %016"PRIx64" instr %"PRIu64"\n",argv[1],slice,vm->clock,vm_digest(vm),vm_instructions(vm)); fclose(out); return 0; }
