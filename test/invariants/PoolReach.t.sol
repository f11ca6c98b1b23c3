// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {SourceStatus} from "../../contracts/interfaces/IPriceSource.sol";
import {PoolReach} from "../../contracts/libraries/PoolReach.sol";
import {Test} from "../support/Test.sol";
import {TickPool} from "../support/TickPool.sol";

/// @title The least liquidity within reach, against a sum over all positions at every tick
contract PoolReachTest is Test {
    int256 private constant MAX_TICK = 887_272;
    uint256 private constant POSITIONS = 8;

    struct Place {
        int24 lower;
        int24 upper;
        uint128 liquidity;
    }

    /// @dev What a walk is asked, and what it walks over.
    struct Walked {
        TickPool pool;
        Place[] places;
        int256 spacing;
        int256 centre;
        uint256 reach;
    }

    /// forge-config: default.fuzz.runs = 256
    function testFuzz_IsTheLeastOfTheSumsAtEveryTick(uint256 seed, uint8 kind) external {
        Walked memory walked = _walked(seed, kind);
        _move(walked, walked.centre + int256(seed % 401) - 200);
        (SourceStatus status, uint256 least) = _leastOf(walked);
        vm.assertEq(uint256(status), uint256(SourceStatus.OK), "nothing is wrong with the pool");
        vm.assertEq(least, _naive(walked), "not the least");
    }

    /// @notice The pool's present price may be anywhere: what liquidity there is within reach does not depend on it.
    /// forge-config: default.fuzz.runs = 128
    function testFuzz_DoesNotDependOnThePresentPrice(uint256 seed, uint8 kind, int24 tick) external {
        Walked memory walked = _walked(seed, kind);
        int256 present = bound(tick, -MAX_TICK, MAX_TICK - 1);
        _move(walked, present);
        (SourceStatus status, uint256 least) = _leastOf(walked);
        bool far = status == SourceStatus.NO_DEPTH;
        vm.assertTrue(far || status == SourceStatus.OK, "nothing is wrong with the pool");
        uint256 distance = uint256(present > walked.centre ? present - walked.centre : walked.centre - present);
        // Less than three words belong to the reach itself.
        uint256 near = (PoolReach.MAX_WORDS - 3) * 256 * uint256(walked.spacing);
        vm.assertTrue(!far || distance > near, "nearer than the words that are looked at");
        vm.assertEq(least, far ? 0 : _naive(walked), "not the least");
    }

    /// @notice Whatever is added, wherever, least liquidity grows by no more than that, and never shrinks.
    /// forge-config: default.fuzz.runs = 128
    function testFuzz_AnotherPositionAddsAtMostItselfAndTakesNothing(uint256 seed, uint8 kind, uint8 from) external {
        Walked memory walked = _walked(seed, kind);
        _move(walked, walked.centre);
        (, uint256 before) = _leastOf(walked);
        int256 lower = _floor(walked.centre, walked.spacing) + int256(uint256(from)) - 128;
        int256 upper = lower + 1 + int256((seed >> 200) % 200);
        uint128 added = uint128(1 + ((seed >> 128) % 1e24));
        int256 most = MAX_TICK / walked.spacing;
        if (lower < -most || upper > most) return;
        walked.pool.add(int24(lower * walked.spacing), int24(upper * walked.spacing), added);
        (, uint256 later) = _leastOf(walked);
        vm.assertGe(later, before, "liquidity took depth away");
        vm.assertLe(later, before + added, "liquidity gave more depth than it is");
        bool covers =
            lower * walked.spacing <= walked.centre - int256(walked.reach) &&
                upper * walked.spacing >= walked.centre + int256(walked.reach);
        if (covers) vm.assertEq(later, before + added, "liquidity that covers the reach counts in full");
    }

    function test_EndsWherePricesEnd() external {
        for (uint256 kind; kind < 4; ++kind) {
            int24 spacing = _spacing(kind);
            int24 widest = int24(MAX_TICK - (MAX_TICK % spacing));
            TickPool pool = new TickPool(spacing);
            pool.add(-widest, widest, 5e18);
            for (uint256 end; end < 2; ++end) {
                int24 tick = end == 0 ? int24(-MAX_TICK) : int24(MAX_TICK - 1);
                // The full range ends up to a spacing before prices do, but where they are a tick apart.
                pool.moveTo(tick, spacing == 1 ? 5e18 : 0);
                (SourceStatus status, uint256 least) = this.leastWithin(pool, spacing, tick, 100);
                vm.assertEq(uint256(status), uint256(SourceStatus.OK), "an end of all prices is a price");
                vm.assertEq(least, spacing == 1 ? 5e18 : 0, "liquidity at an end of all prices");
            }
        }
    }

    function test_SaysWhatIsWrongWithAPoolThatDoesNotAnswerWell() external {
        TickPool pool = new TickPool(10);
        pool.add(-50, 200, 1e18);
        pool.add(-100, 70, 2e18);
        pool.add(250, 400, 9e18);
        bytes4[4] memory questions = [
            pool.slot0.selector,
            pool.liquidity.selector,
            pool.tickBitmap.selector,
            pool.ticks.selector
        ];
        for (uint256 i; i < questions.length; ++i) {
            for (uint256 manner = 1; manner <= uint256(TickPool.Manner.CONTRARY); ++manner) {
                if (manner == uint256(TickPool.Manner.CONTRARY) && i != 3) continue;
                // Bits at every tick, of which those that are none add nothing, are a pool of another shape.
                if (manner == uint256(TickPool.Manner.NONSENSE) && i == 2) continue;
                pool.misbehave(questions[i], TickPool.Manner(manner));
                (SourceStatus status, uint256 least) = this.leastWithin{gas: 2_000_000}(pool, 10, 0, 300);
                bool absent = manner <= uint256(TickPool.Manner.BURN);
                SourceStatus expected = absent ? SourceStatus.UNREACHABLE : SourceStatus.MALFORMED;
                vm.assertEq(uint256(status), uint256(expected), "what is wrong");
                vm.assertEq(least, 0, "no depth from a pool that is wrong");
            }
        }
    }

    function test_LooksAtABoundedNumberOfTicksAndWords() external {
        TickPool pool = new TickPool(1);
        for (int24 tick = -330; tick < 330; ++tick) pool.add(tick, tick + 1, 1e18);
        pool.add(-1_000, 1_000, 1e18);
        pool.moveTo(0, 2e18);
        (SourceStatus status, uint256 least) = this.leastWithin(pool, 1, 0, 128);
        vm.assertEq(uint256(status), uint256(SourceStatus.OK), "all that fits the reach is looked at");
        vm.assertEq(least, 2e18, "a position at every tick");
        pool.moveTo(-329, 2e18);
        (status, ) = this.leastWithin(pool, 1, 0, 128);
        vm.assertEq(uint256(status), uint256(SourceStatus.NO_DEPTH), "too many ticks away");
        pool.moveTo(-500_000, 0);
        (status, ) = this.leastWithin(pool, 1, 0, 128);
        vm.assertEq(uint256(status), uint256(SourceStatus.NO_DEPTH), "too many words away");
    }

    /// @notice The library behind a call, so that its gas can be bounded.
    function leastWithin(
        TickPool pool,
        int256 spacing,
        int256 centre,
        uint256 reach
    ) external view returns (SourceStatus status, uint256 liquidity) {
        return PoolReach.leastWithin(IUniswapV3Pool(address(pool)), spacing, centre, reach);
    }

    function _leastOf(Walked memory walked) private view returns (SourceStatus, uint256) {
        return this.leastWithin(walked.pool, walked.spacing, walked.centre, walked.reach);
    }

    /// @dev A pool of a full range and some positions around a centre that may be anywhere, its ticks 1, 10, 60 or 200 apart.
    function _walked(uint256 seed, uint8 kind) private returns (Walked memory walked) {
        int24 spacing = _spacing(kind % 4);
        (walked.spacing, walked.pool) = (spacing, new TickPool(spacing));
        walked.reach = bound(seed >> 16, 100, PoolReach.MAX_STEPS * uint24(spacing));
        int256 widest = MAX_TICK - (MAX_TICK % spacing);
        walked.centre = int256((seed >> 32) % uint256(2 * widest)) - widest;
        if (seed % 4 != 0) walked.centre /= 100;
        walked.places = new Place[](POSITIONS);
        walked.places[0] = Place(int24(-widest), int24(widest), uint128((seed >> 64) % 1e24));
        uint256 steps = (2 * walked.reach) / uint24(spacing);
        for (uint256 i = 1; i < POSITIONS; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            int256 lower = _floor(walked.centre, spacing) - int256(steps) + int256(random % (2 * steps));
            int256 upper = lower + 1 + int256((random >> 64) % (2 * steps));
            (lower, upper) = (bound(lower * spacing, -widest, widest), bound(upper * spacing, -widest, widest));
            lower = _floor(lower, spacing) * spacing;
            upper = _floor(upper, spacing) * spacing;
            if (lower >= upper) (lower, upper) = (-widest, widest);
            walked.places[i] = Place(int24(lower), int24(upper), uint128((random >> 128) % 1e24));
        }
        for (uint256 i; i < POSITIONS; ++i) {
            Place memory place = walked.places[i];
            walked.pool.add(place.lower, place.upper, place.liquidity);
        }
    }

    function _move(Walked memory walked, int256 tick) private {
        if (tick < -MAX_TICK) tick = -MAX_TICK;
        if (tick >= MAX_TICK) tick = MAX_TICK - 1;
        walked.pool.moveTo(int24(tick), uint128(_sum(walked.places, tick)));
    }

    /// @dev The least of the sums at every tick that a price within reach, and within Uniswap's bounds, can stand at.
    function _naive(Walked memory walked) private pure returns (uint256 least) {
        least = type(uint256).max;
        int256 low = walked.centre - int256(walked.reach);
        int256 high = walked.centre + int256(walked.reach);
        if (low < -MAX_TICK) low = -MAX_TICK;
        if (high > MAX_TICK) high = MAX_TICK;
        // Sums change at multiples of the spacing only.
        for (int256 tick = low; tick < high; tick = (_floor(tick, walked.spacing) + 1) * walked.spacing) {
            uint256 sum = _sum(walked.places, tick);
            if (sum < least) least = sum;
        }
    }

    function _sum(Place[] memory places, int256 tick) private pure returns (uint256 sum) {
        for (uint256 i; i < places.length; ++i) {
            if (places[i].lower <= tick && tick < places[i].upper) sum += places[i].liquidity;
        }
    }

    function _spacing(uint256 kind) private pure returns (int24) {
        return
            kind == 0
                ? int24(1)
                : kind == 1
                    ? int24(10)
                    : kind == 2
                        ? int24(60)
                        : int24(200);
    }

    function _floor(int256 tick, int256 spacing) private pure returns (int256 quotient) {
        quotient = tick / spacing;
        if (tick % spacing < 0) --quotient;
    }
}
