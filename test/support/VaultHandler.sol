// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {InsuranceFund} from "../../contracts/InsuranceFund.sol";
import {Validity} from "../../contracts/types/Price.sol";
import {CooldownVault} from "../../contracts/vaults/CooldownVault.sol";
import {ExchangeWatch} from "./ExchangeWatch.sol";
import {ExchangeWorld} from "./ExchangeWorld.sol";
import {Properties} from "./Properties.sol";

/// @title Everything shareholders of the two vaults and those who fill the fund can do, in any order
/// @notice Whoever comes or goes leaves the others' shares worth what they were (P15), and nobody does while the price of what the
/// vault holds is not VALID (P13).
contract VaultHandler is ExchangeWatch {
    /// @notice Entries and exits that went through.
    uint256 public flows;

    constructor(ExchangeWorld world_) ExchangeWatch(world_) {}

    /// @dev A share is worth the same before and after to those who stay, up to the wei of the token it is counted in, never less.
    modifier fair(CooldownVault vault) {
        uint256 worth = vault.convertToAssets(1e18);
        uint256 supply = vault.totalSupply();
        _;
        uint256 now_ = vault.convertToAssets(1e18);
        vm.assertGe(now_ + 1, worth, Properties.P15);
        if (vault.totalSupply() != supply) {
            ++flows;
            _requireValid(vault);
            // What rounding leaves goes to all shares alike: a token's wei, on however few they are.
            uint256 least = vault.totalSupply() < supply ? vault.totalSupply() : supply;
            uint256 dust = 2 + (2 * 1e18) / (least + 1);
            // While a loss stands all claims are worth a share of the tokens there are, and paying out rounds those by one.
            if (house.socialisedLoss() != 0) dust += (2 * worth) / world.quote().balanceOf(address(house)) + 1;
            vm.assertLe(now_, worth + dust, Properties.P15);
        }
    }

    // ---- shares ------------------------------------------------------------------------------------------------------

    function deposit(bool which, uint256 seed, uint256 assets) external watched(_main(which), 0) fair(_vault(which)) {
        (CooldownVault vault, address owner) = (_vault(which), world.trader(seed));
        vm.prank(owner);
        try vault.deposit(bound(assets, 0, 100_000e6), owner) {
            _done();
        } catch {}
    }

    function mint(bool which, uint256 seed, uint256 shares) external watched(_main(which), 0) fair(_vault(which)) {
        (CooldownVault vault, address owner) = (_vault(which), world.trader(seed));
        vm.prank(owner);
        try vault.mint(bound(shares, 0, 100_000e12), owner) {
            _done();
        } catch {}
    }

    function requestRedeem(
        bool which,
        uint256 seed,
        uint256 shares
    ) external watched(_main(which), 0) fair(_vault(which)) {
        (CooldownVault vault, address owner) = (_vault(which), world.trader(seed));
        uint256 held = vault.balanceOf(owner);
        if (held == 0) return;
        vm.prank(owner);
        vault.requestRedeem(bound(shares, 1, held));
        _done();
        // Nothing of it is due before its time.
        vm.assertEq(vault.maxRedeem(owner), 0, Properties.P15);
    }

    function cancelRequest(bool which, uint256 seed) external watched(_main(which), 0) fair(_vault(which)) {
        (CooldownVault vault, address owner) = (_vault(which), world.trader(seed));
        vm.prank(owner);
        try vault.cancelRequest() {
            _done();
        } catch {}
    }

    /// @notice Waits for a request's cooldown, in steps short enough for the feeds, and redeems part of what is due.
    function redeem(bool which, uint256 seed, uint256 shares) external watched(_main(which), 0) {
        _await(which, seed);
        _redeem(_vault(which), world.trader(seed), shares);
    }

    function withdraw(bool which, uint256 seed, uint256 assets) external watched(_main(which), 0) {
        _await(which, seed);
        _withdraw(_vault(which), world.trader(seed), assets);
    }

    /// @notice Shares change hands, and an allowance is used; what is under request stays.
    function moveShares(
        bool which,
        uint256 from,
        uint256 to,
        uint256 shares
    ) external watched(0, 0) fair(_vault(which)) {
        CooldownVault vault = _vault(which);
        (address owner, address other) = (world.trader(from), world.trader(to));
        uint256 half = bound(shares, 0, vault.balanceOf(owner)) / 2;
        vm.prank(owner);
        try vault.transfer(other, half) {
            _done();
        } catch {}
        vm.prank(owner);
        vault.approve(other, half);
        vm.prank(other);
        try vault.transferFrom(owner, other, half) {
            _done();
        } catch {}
    }

    // ---- the fund and the backstop's capital -------------------------------------------------------------------------

    function topUp(uint256 seed, uint256 tokens) external watched(0, 0) {
        InsuranceFund fund = world.fund();
        vm.prank(world.trader(seed));
        fund.topUp(bound(tokens, 1, 10_000e6));
        _done();
    }

    /// @notice Governance takes money out of the fund, announced or changing its mind, and never more than it announced.
    function drainFund(uint256 seed, uint256 tokens) external watched(0, 0) {
        InsuranceFund fund = world.fund();
        tokens = bound(tokens, 1, 20_000e6);
        fund.announceWithdrawal(uint128(tokens));
        if (seed % 3 == 0) return fund.cancelWithdrawal();
        try fund.withdraw(address(this)) {
            vm.assertTrue(false, "withdrawn without notice");
        } catch {}
        _pass(fund.WITHDRAWAL_DELAY());
        try fund.withdraw(address(this)) returns (uint256 paid) {
            vm.assertLe(paid, tokens, "more than was announced");
            _done();
        } catch {}
    }

    /// @notice Capital of the backstop goes to a market and comes back; a share is worth the same.
    function allot(uint8 market, uint256 amount, bool back) external watched(0, 0) fair(world.backstop()) {
        // Capital given to an account that owes more than it has is spent: that is governance's to decide.
        if (world.backstop().marketView(market % 2).equity < 0) return;
        amount = bound(amount, 0, 50_000e18);
        if (back)
            try world.backstop().recall(market % 2, amount) {
                _done();
            } catch {}
        else
            try world.backstop().allot(market % 2, amount) {
                _done();
            } catch {}
    }

    // ---- internals ---------------------------------------------------------------------------------------------------

    function _redeem(CooldownVault vault, address owner, uint256 shares) private fair(vault) {
        uint256 most = vault.maxRedeem(owner);
        if (most == 0) return;
        vm.prank(owner);
        try vault.redeem(bound(shares, 1, most), owner, owner) {
            _done();
        } catch {}
    }

    function _withdraw(CooldownVault vault, address owner, uint256 assets) private fair(vault) {
        uint256 most = vault.maxWithdraw(owner);
        if (most == 0) return;
        vm.prank(owner);
        try vault.withdraw(bound(assets, 1, most), owner, owner) {
            _done();
        } catch {}
    }

    /// @dev Asks to redeem everything, and waits until it may.
    function _await(bool which, uint256 seed) private {
        CooldownVault vault = _vault(which);
        address owner = world.trader(seed);
        uint256 held = vault.balanceOf(owner);
        if (held == 0 || vault.maxRedeem(owner) != 0) return;
        vm.prank(owner);
        vault.requestRedeem(held);
        _pass(vault.COOLDOWN());
    }

    /// @dev The feeds report again after the wait, so that it is not the wait that makes the price stale.
    function _pass(uint256 time) private {
        skip(time);
        for (uint8 market; market < 2; ++market) {
            uint256 index = world.marks().peek(market).index;
            world.feeds().report(market, index, index);
        }
        world.lookAtMarks();
    }

    function _vault(bool which) private view returns (CooldownVault) {
        return which ? CooldownVault(world.pool()) : CooldownVault(world.backstop());
    }

    function _main(bool which) private view returns (uint32) {
        return _vault(which).MAIN_ACCOUNT();
    }

    /// @dev Of every market the vault holds something in.
    function _requireValid(CooldownVault vault) private view {
        for (uint8 market; market < 2; ++market) {
            bool isPool = address(vault) == address(world.pool());
            uint32 account = isPool ? vault.MAIN_ACCOUNT() : world.backstop().accountOf(market);
            if (house.positionOf(account, market).size == 0) continue;
            vm.assertEq(uint256(validityOf(market)), uint256(Validity.VALID), Properties.P13);
        }
    }
}
