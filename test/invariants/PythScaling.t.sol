// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PythSource} from "../../contracts/oracle/sources/PythSource.sol";
import {Reading, SourceStatus} from "../../contracts/interfaces/IPriceSource.sol";
import {TestPyth} from "../../contracts/test/TestPyth.sol";
import {OpenAuthority} from "../support/OpenAuthority.sol";
import {Test} from "../support/Test.sol";

/// @title Any signed price at any exponent becomes the WAD it means, or no price
contract PythScalingTest is Test {
    bytes32 private constant ID = bytes32(uint256(1));
    int256 private constant LEAST = -36;
    int256 private constant MOST = 18;

    TestPyth private _pyth;
    PythSource private _source;

    function setUp() external {
        vm.warp(1_760_000_000);
        _pyth = new TestPyth(0);
        _source = new PythSource(_pyth, address(new OpenAuthority()));
        _source.setFeed(0, PythSource.Feed(ID, 3_600, 1, 5));
    }

    function testFuzz_AnExponentScalesPriceDownAndConfidenceUp(int64 price, uint64 confidence, int8 exponent) external {
        int256 power = bound(int256(exponent), -40, 22);
        _bring(price, confidence, int32(power), block.timestamp);
        Reading memory reading = _source.read(0);
        if (price <= 0) {
            vm.assertEq(uint256(reading.status), uint256(SourceStatus.NOT_POSITIVE), "not a price");
            return;
        }
        bool scaled = power >= LEAST && power <= MOST;
        if (reading.status != SourceStatus.OK) {
            vm.assertEq(uint256(reading.status), uint256(SourceStatus.OUT_OF_RANGE), "named for what it is");
            vm.assertTrue(!scaled || _isExtreme(uint64(price), power), "refused without need");
            return;
        }
        vm.assertTrue(scaled, "beyond any exponent");
        _checkScale(reading, uint64(price), confidence, power + 18);
    }

    function testFuzz_TimeNeverGoesBack(uint32[6] calldata steps, uint32[6] calldata lags) external {
        uint256 last;
        for (uint256 i; i < steps.length; ++i) {
            skip(bound(steps[i], 1, 600));
            uint256 published = block.timestamp - bound(lags[i], 0, 600);
            try this.bring(1e8, 0, -8, published) {} catch {}
            uint256 now_ = _source.latestOf(0).publishedAt;
            vm.assertGe(now_, last, "an older price took the place of a newer one");
            vm.assertLe(now_, block.timestamp, "a price of the future");
            last = now_;
        }
    }

    function bring(int64 price, uint64 confidence, int32 exponent, uint256 published) external {
        _bring(price, confidence, exponent, published);
    }

    /// @dev The exact value lies between the price and one wei more, and between the confidence less one wei and it.
    function _checkScale(Reading memory reading, uint256 price, uint256 confidence, int256 power) private pure {
        if (power >= 0) {
            vm.assertEq(reading.price, price * 10 ** uint256(power), "the price, exactly");
            vm.assertEq(reading.confidence, confidence * 10 ** uint256(power), "the confidence, exactly");
            return;
        }
        uint256 unit = 10 ** uint256(-power);
        vm.assertLe(reading.price * unit, price, "the price is rounded down");
        vm.assertGt((reading.price + 1) * unit, price, "by less than a wei");
        vm.assertGe(reading.confidence * unit, confidence, "the confidence is rounded up");
        if (reading.confidence != 0) {
            vm.assertLt((reading.confidence - 1) * unit, confidence, "by less than a wei");
        }
    }

    /// @dev Less than a wei, or more than 128 bits.
    function _isExtreme(uint256 price, int256 power) private pure returns (bool) {
        power += 18;
        if (power >= 0) return price * 10 ** uint256(power) > type(uint128).max;
        return price / 10 ** uint256(-power) == 0;
    }

    function _bring(int64 price, uint64 confidence, int32 exponent, uint256 published) private {
        bytes[] memory data = new bytes[](1);
        data[0] = _pyth.createPriceFeedUpdateData(
            ID,
            price,
            confidence,
            exponent,
            price,
            confidence,
            uint64(published),
            uint64(published - 1)
        );
        _source.update(0, data);
    }
}
