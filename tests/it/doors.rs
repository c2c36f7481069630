//! Every door of the running product against the oracle: worlds made up by chance are put in place, and the webhook, the
//! picker and the explanation must say of each image what the table of rules says. Two things cannot be put in place from
//! outside and are left to the oracle's tests in memory: a store that has fallen silent for too long, and rows that the
//! store refuses, such as a namespace that is gone and still mapped.

#[path = "doors/answers.rs"]
mod answers;
#[path = "doors/placement.rs"]
mod placement;

#[expect(dead_code, reason = "what builds a snapshot in memory is not used here")]
#[path = "../oracle/oracle.rs"]
mod oracle;

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join_all;
use wharfinger_domain::decision::{Reason, Verdict};
use wharfinger_domain::time::Timestamp;

use self::answers::Question;
use self::oracle::Answer;
use self::oracle::dice::Dice;
use self::oracle::image::Written;
use self::oracle::world::World;
use self::placement::Lane;

const WORLDS: u64 = 200;
const IMAGES: usize = 50;

/// How many running products share the worlds. Each has a database of its own.
const LANES: u64 = 4;

/// In every so-many-th world, what is about to begin or to end does so while the world is looked at.
const SHORT: u64 = 25;

/// How long after a world is put in place that is; long enough to look at all of it before.
const SOON: Duration = Duration::from_secs(10);

/// The same in all other worlds.
const LATE: Duration = Duration::from_hours(24);

/// What was met, to know that nothing was left out.
#[derive(Debug, Default)]
struct Met {
    answers: HashSet<(Reason, Verdict, bool)>,
    reviews: usize,
    offered: usize,
    withheld: usize,
}

impl Met {
    fn add(&mut self, other: Self) {
        self.answers.extend(other.answers);
        self.reviews += other.reviews;
        self.offered += other.offered;
        self.withheld += other.withheld;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oracle_agrees_with_every_door_in_every_world() {
    let lanes = join_all((0..LANES).map(walk)).await;
    let met = lanes.into_iter().fold(Met::default(), |mut all, met| {
        all.add(met);
        all
    });
    assert!(met.reviews >= 200 * IMAGES, "{met:?}");
    assert!(met.offered > 1_000 && met.withheld > 1_000, "both are met often: {met:?}");
    // All answers of the table but that of a store that has fallen silent.
    assert_eq!(met.answers.len(), 14, "{met:?}");
}

/// Puts every world of a lane in place, one after the other, and looks at it.
async fn walk(lane: u64) -> Met {
    let exempts_system = lane % 2 == 1;
    let place = Lane::start(exempts_system).await;
    let mut met = Met::default();
    for seed in (0..WORLDS).filter(|seed| seed % LANES == lane) {
        let mut world = World::random(seed);
        placement::fit(&mut world, exempts_system);
        let short = seed % SHORT == 0;
        let placed = place.put(&world, if short { SOON } else { LATE }).await;
        look(&place, &world, seed, &mut met).await;
        if short {
            assert!(placed.elapsed() < SOON, "seed {seed}: there was no time to look: {:?}", placed.elapsed());
            tokio::time::sleep(SOON.saturating_sub(placed.elapsed()) + Duration::from_millis(500)).await;
            world.moment.at = Timestamp::from_micros(world.moment.at.as_micros() + 1);
            look(&place, &world, seed, &mut met).await;
        }
    }
    met
}

/// Asks every door.
async fn look(place: &Lane, world: &World, seed: u64, met: &mut Met) {
    let mut dice = Dice::seeded(seed ^ 0x00D0_0125);
    let askers: Vec<_> = world.askers().collect();
    let images: Vec<Written> = (0..IMAGES).map(|_| world.written(&mut dice)).collect();
    let questions: Vec<_> =
        images.iter().map(|written| Question { world, seed, asked: *dice.pick(&askers), written }).collect();
    for question in &questions {
        let Answer { reason, verdict, warn } = question.expected();
        met.answers.insert((reason, verdict, warn));
        question.ask_webhook(&place.platform).await;
        met.reviews += 1;
    }
    for few in questions.chunks(answers::AT_ONCE) {
        answers::ask_for_explanations(&place.platform, few).await;
    }
    for asked in askers {
        answers::ask_webhook_for_all(&place.platform, (world, seed, asked), &images).await;
        let (offered, withheld) = answers::ask_picker(&place.platform, (world, seed, asked)).await;
        met.offered += offered;
        met.withheld += withheld;
    }
}
