// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceSource, Reading, SourceStatus} from "../../contracts/interfaces/IPriceSource.sol";
import {RedemptionRateSource} from "../../contracts/oracle/sources/RedemptionRateSource.sol";
import {TestDepthSource} from "../../contracts/test/TestDepthSource.sol";
import {TestRate} from "../../contracts/test/TestRate.sol";
import {OpenAuthority} from "../support/OpenAuthority.sol";
import {Test} from "../support/Test.sol";

/// @title A redemption rate grows no faster and falls no farther than it may, whoever calls what when
contract RedemptionRateTest is Test {
    uint256 private constant WAD = 1e18;
    uint256 private constant MILLION = 1e6;
    uint256 private constant YEAR = 365 days;

    RedemptionRateSource private _source;
    TestRate private _rate;
    TestDepthSource private _underlying;

    /// @dev The rates that were observed, and when; the snapshot as this test keeps it.
    uint256[2] private _noted;
    uint256 private _base;
    uint256 private _since;

    function setUp() external {
        vm.warp(1_760_000_000);
        _rate = new TestRate();
        _underlying = new TestDepthSource();
        _underlying.setDepth(1e24);
        _source = new RedemptionRateSource(address(new OpenAuthority()));
    }

    /// forge-config: default.fuzz.runs = 256
    function testFuzz_NoPriceComesOfARateOutsideItsBounds(
        uint24 growth,
        uint24 slack,
        uint24 fall,
        uint256 seed
    ) external {
        (growth, slack, fall) = (growth % 10_000_001, slack % 100_001, fall % 1_000_001);
        uint256 start = bound(seed % 2 ** 80, 1e12, 1e24);
        _rate.setRate(start);
        _source.setAsset(
            0,
            RedemptionRateSource.Asset(
                address(_rate),
                RedemptionRateSource.RateKind.PROVIDER,
                growth,
                slack,
                fall,
                IPriceSource(address(_underlying)),
                0
            )
        );
        (_base, _since) = (start, block.timestamp);
        for (uint256 i; i < 8; ++i) {
            seed = uint256(keccak256(abi.encode(seed, i)));
            skip(1 + (seed % 30 days));
            uint256 rate = _next(seed >> 32);
            _rate.setRate(rate);
            _checkReading(rate, growth, slack, fall);
            if ((seed >> 96) % 3 == 0) _observe(rate);
            if ((seed >> 104) % 4 == 0) _adopt(seed >> 112);
        }
    }

    function _checkReading(uint256 rate, uint256 growth, uint256 slack, uint256 fall) private view {
        Reading memory reading = _source.read(0);
        // In rationals: rate <= base * (1 + slack + growth * years), rate >= base * (1 - fall).
        uint256 elapsed = block.timestamp - _since;
        bool high = growth != 0 && rate * MILLION * YEAR > _base * (MILLION * YEAR + slack * YEAR + growth * elapsed);
        bool low = rate * MILLION < _base * (MILLION - fall);
        if (reading.status == SourceStatus.OK) {
            vm.assertTrue(!high, "grown faster than it may");
            vm.assertTrue(!low, "fallen farther than it may");
            // The underlying is one.
            vm.assertEq(reading.price, rate, "a rate is taken as it is, or not at all");
            return;
        }
        if (rate == 0) return vm.assertEq(uint256(reading.status), uint256(SourceStatus.NOT_POSITIVE), "no rate");
        // Each bound is rounded against the rate by two wei at most.
        (uint256 least, uint256 most) = _source.boundsOf(0);
        bool outside = rate > most || rate < least;
        vm.assertTrue(outside, "silent without need");
        bool near = high || low || rate + 2 >= most || rate <= least + 2;
        vm.assertTrue(near, "bounds are what they should be");
    }

    /// @dev Anyone may have the rate noted, and only while it is within its bounds.
    function _observe(uint256 rate) private {
        (uint256 least, uint256 most) = _source.boundsOf(0);
        try _source.observe(0) {
            vm.assertTrue(rate >= least && rate <= most, "noted outside its bounds");
            _noted = [rate, block.timestamp];
        } catch {
            vm.assertTrue(rate < least || rate > most || rate == 0, "not noted without need");
        }
    }

    /// @dev A snapshot is a rate and the time it was read at, or it is refused; a wei or a second off and it is.
    function _adopt(uint256 seed) private {
        (uint256 rate, uint256 time) = (_noted[0], _noted[1]);
        if (time == 0) return;
        if (seed % 3 == 0) rate += 1;
        if (seed % 3 == 1) time += 1;
        try _source.setSnapshot(0, rate, time) {
            vm.assertEq(seed % 3, 2, "a value or a time that was not read");
            vm.assertGt(time, _since, "a snapshot of before the present one");
            (_base, _since) = (rate, time);
        } catch {}
    }

    /// @dev Mostly near what it was, at times anything.
    function _next(uint256 random) private view returns (uint256) {
        if (random % 16 == 0) return 0;
        if (random % 16 == 1) return random % 1e28;
        return (_base * (900 + ((random >> 8) % 250))) / 1_000;
    }
}
