//! A store on a disk of its own that can be filled or made read-only, in a mount namespace of one command.

use std::process::{Command, Output};

use super::company::{Desk, Said};

/// What a shell did there, and what the same command did once things were well again.
pub struct Told {
    pub then: Said,
    pub after: Said,
}

/// Runs `bizreview` with `free` kB left on the store's disk from when a shell's condition holds, then with plenty. `None` where no namespace can be had, which is an
/// error if `BIZREVIEW_E2E=required`.
pub fn on_full_disk(desk: &Desk, free: u64, when: &str, arguments: &[&str]) -> Option<Told> {
    let full = format!(
        "mkdir disk && mount -t tmpfs -o size=900m none disk || exit 99
         cp -a store/. disk/ && mount --bind disk store || exit 99
         fill() {{ fallocate -l $(( $(df --output=avail -k store | tail -1) - {free} ))k store/ballast; }}
         fill_then() {{
           until {when} || ! kill -0 $1; do sleep 0.002; done
           kill -STOP $1; fill; kill -CONT $1; touch filled
         }}
         if {when}; then fill; fill_then() {{ :; }}; fi"
    );
    run(desk, &full, "rm store/ballast", arguments)
}

/// The same on a disk that nothing can be written to.
pub fn on_read_only_disk(desk: &Desk, arguments: &[&str]) -> Option<Told> {
    let locked =
        "mkdir disk && cp -a store/. disk/ && mount --bind disk store && mount -o remount,bind,ro store || exit 99
         fill_then() { :; }";
    run(desk, locked, "mount -o remount,bind,rw store || exit 99", arguments)
}

fn run(desk: &Desk, break_it: &str, mend_it: &str, arguments: &[&str]) -> Option<Told> {
    // what the disk holds at the end is kept as the store
    let script = format!(
        "{break_it}
         \"$@\" > then.out 2> then.err &
         fill_then $!; wait $!; echo $? > then.code
         {mend_it}
         \"$@\" > after.out 2> after.err; echo $? > after.code
         mkdir kept && cp -a store/. kept/ || exit 99
         umount store && rm -rf store && mv kept store"
    );
    let victim = desk.command(arguments);
    let mut command = Command::new("unshare");
    let shell = ["-rm", "sh", "-c", &script, "sh"];
    command.args(shell).arg(victim.get_program()).args(victim.get_args()).current_dir(&**desk);
    for (name, value) in victim.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command.output();
    match &output {
        Ok(Output { status, .. }) if status.success() => {}
        _ if std::env::var("BIZREVIEW_E2E").is_ok_and(|wanted| wanted == "required") => {
            panic!("no mount namespace of one's own here: {output:?}")
        }
        _ => {
            println!("SKIPPED: no mount namespace of one's own here: {output:?}");
            return None;
        }
    }
    let said = |name: &str| Said {
        code: desk.read(&format!("{name}.code")).trim().parse().ok(),
        out: desk.read(&format!("{name}.out")),
        err: desk.read(&format!("{name}.err")),
    };
    Some(Told { then: said("then"), after: said("after") })
}
